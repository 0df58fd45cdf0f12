package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bench says. */
final class BenchTest {
  @TempDir
  Path folder;

  private static Ran lenet(Object... more) {
    Object[] few = {"bench", "lenet5", "--size", 12, "--batch", 2, "--steps", 3, "--warmup", 1, "--device", "cpu:reference"};
    Object[] all = java.util.Arrays.copyOf(few, few.length + more.length);
    System.arraycopy(more, 0, all, few.length, more.length);
    return Ran.cardinal(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "infer"})
  void jsonHasEveryNumber(String mode) throws Exception {
    Ran r = lenet("--mode", mode, "--json", "--profile");
    assertEquals(0, r.code(), r.err());
    JsonNode j = r.json();
    for (String key : List.of("net", "mode", "batch", "device", "engine", "median_s", "min_s", "images_per_s", "compile_s", "peak_rss_bytes", "peaks", "roofline")) {
      assertTrue(j.has(key), key);
    }
    assertEquals(mode, j.path("mode").asText());
    assertTrue(j.path("min_s").asDouble() > 0 && j.path("min_s").asDouble() <= j.path("median_s").asDouble(), j.toString());
    assertEquals(2 / j.path("median_s").asDouble(), j.path("images_per_s").asDouble(), 1e-6);
    assertTrue(j.path("peak_rss_bytes").asLong() > 10 << 20, j.toString());
    // Forward alone runs no backward convolution; training does.
    assertEquals(mode.equals("train"), j.path("profile").toString().contains("ConvBackwardWeights"), j.path("profile").toString());
    for (String table : List.of("profile", "by_op", "by_layer")) {
      double shares = 0;
      for (JsonNode row : j.path(table)) {
        shares += row.path("share").asDouble();
      }
      assertEquals(1, shares, 1e-6, table);
    }
    JsonNode roofline = j.path("roofline");
    assertEquals(1, roofline.path("memory_share").asDouble() + roofline.path("arithmetic_share").asDouble() + roofline.path("neither_share").asDouble(), 1e-6);
    assertTrue(j.path("peaks").path("gflops").asDouble() > 0 && j.path("peaks").path("gb_per_s").asDouble() > 0, j.path("peaks").toString());
  }

  @Test
  void traceHoldsStepsOfLayersOfOperations() throws Exception {
    Path file = folder.resolve("trace.json");
    Ran r = lenet("--trace", file, "--json");
    assertEquals(0, r.code(), r.err());
    assertFalse(r.json().has("profile"), "a trace alone prints no profile");
    JsonNode events = new JsonMapper().readTree(Files.readString(file)).path("traceEvents");
    assertEquals(3, events.valueStream().filter(e -> e.path("cat").asText().equals("step")).count());
    assertTrue(events.valueStream().anyMatch(e -> e.path("cat").asText().equals("layer") && e.path("name").asText().endsWith("(backward)")), "no gradients of a layer");
    JsonNode conv = events.valueStream().filter(e -> e.path("name").asText().equals("Conv")).findFirst().orElseThrow();
    assertEquals("X", conv.path("ph").asText());
    assertTrue(conv.path("dur").asDouble() > 0 && conv.path("args").path("macs").asLong() > 0, conv.toString());
  }

  @Test
  void aTraceThatCannotBeWrittenIsSaidBeforeTheWork() {
    Ran r = lenet("--trace", folder.resolve("nowhere").resolve("trace.json"));
    assertEquals(1, r.code());
    assertTrue(r.line().contains("cannot write the trace to"), r.err());
  }

  @Test
  void dataIsComparedWithMemory() throws Exception {
    for (int i = 0; i < 8; i++) {
      Ran.picture(folder.resolve(i % 2 == 0 ? "even" : "odd").resolve(i + ".png"), 0x102030 * i);
    }
    Ran r = lenet("--data", folder, "--augment", "shift", "--json");
    assertEquals(0, r.code(), r.err());
    JsonNode data = r.json().path("data");
    double memory = data.path("images_per_s_from_memory").asDouble();
    assertTrue(memory > 0, data.toString());
    assertTrue(data.path("images_per_s").asDouble() > 0, data.toString());
    // The median of the turns, not the quotient of the two.
    assertTrue(data.path("slowdown").isNumber() && data.path("slowdown").asDouble() > -1, data.toString());
    assertEquals("shift", data.path("augment").asText());
  }

  @Test
  void dataIsForTraining() {
    assertEquals(2, lenet("--data", folder, "--mode", "infer").code());
    assertEquals(2, lenet("--data", "shapes", "--augment", "nothing").code());
  }
}
