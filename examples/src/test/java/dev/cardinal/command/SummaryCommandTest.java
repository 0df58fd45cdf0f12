package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryCommandTest {
  @Test
  void jsonTellsThePublishedSizes() throws Exception {
    Ran r = Ran.cardinal("summary", "alexnet", "--json", "--batch", 128);
    assertEquals(0, r.code(), r.err());
    JsonNode j = r.json();
    assertEquals(60965224, j.path("params").asLong());
    assertEquals(724406816, j.path("macs").asLong());
    assertEquals("conv1", j.path("layers").path(0).path("name").asText());
    assertEquals("[128,96,55,55]", j.path("layers").path(0).path("output").toString());
    assertTrue(j.path("training_memory").path("arena_bytes").asLong() > 0, r.out());
  }

  @Test
  void takesOtherInputsAndWritesAPage(@TempDir Path folder) throws Exception {
    Path page = folder.resolve("unet.html");
    Ran r = Ran.cardinal("summary", "unet3d", "--input", "1x92x100x108", "--html", page);
    assertEquals(0, r.code(), r.err());
    assertTrue(r.out().contains("1x3x4x12x20") && r.out().contains("transposed conv"), r.out());
    assertTrue(Files.readString(page).startsWith("<!doctype html>"));
    Ran printed = Ran.cardinal("summary", "--html", "lenet5");
    assertTrue(printed.code() == 0 && printed.out().startsWith("<!doctype html>") && printed.out().strip().endsWith("</html>"), printed.out() + printed.err());
    assertTrue(Ran.cardinal("summary", "lenet5", "--html").out().startsWith("<!doctype html>"));
    Ran noise = Ran.cardinal("summary", "dcgan-generator");
    assertTrue(noise.code() == 0 && noise.out().contains("1x3x64x64"), noise.out() + noise.err());
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertEquals(2, Ran.cardinal("summary", "alexnett").code());
    assertEquals(2, Ran.cardinal("summary").code());
    assertEquals(2, Ran.cardinal("summary", "alexnet", "--input", "3x224").code());
    assertEquals(2, Ran.cardinal("summary", "alexnet", "--batch", 0).code());
    Ran small = Ran.cardinal("summary", "alexnet", "--input", "3x32x32");
    assertTrue(small.code() == 2 && small.err().contains("67x67"), small.err());
    Ran odd = Ran.cardinal("summary", "unet", "--input", "1x200x200");
    assertTrue(odd.code() == 2 && odd.err().contains("572"), odd.err());
  }

  @Test
  void zooListsEveryNetworkWithItsInput() {
    Ran r = Ran.cardinal("zoo", "--json");
    assertEquals(0, r.code(), r.err());
    String clip = r.out().lines().filter(l -> l.contains("\"c3d\"")).findFirst().orElseThrow();
    assertTrue(clip.contains("\"3x16x112x112\""), clip);
  }
}
