package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cardinal.io.Checkpoint;
import dev.cardinal.io.CheckpointStore;
import dev.cardinal.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on several devices from the command line: the same as on one, whatever the division, and so is what goes on elsewhere. */
final class DivisionTest {
  @TempDir
  Path folder;

  private static JsonNode arguments(Path run) throws IOException {
    return new JsonMapper().readTree(run.resolve("arguments.json").toFile());
  }

  private static void near(Map<String, HostTensor> expected, Map<String, HostTensor> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, t) -> {
      double scale = 1e-3;
      double worst = 0;
      for (int i = 0; i < t.size(); i++) {
        scale = Math.max(scale, Math.abs(t.get(i)));
        worst = Math.max(worst, Math.abs(t.get(i) - actual.get(name).get(i)));
      }
      assertTrue(worst <= 1e-4 * scale, name + " differs by " + worst + " of " + scale);
    });
  }

  /** Saved on two devices by groups, gone on with on four by samples, then on one: as one device alone all the way, with augmented pictures. */
  @Test
  void aRunGoesOnUnderAnyDivision() throws Exception {
    Path alone = folder.resolve("alone");
    Path parts = folder.resolve("parts");
    assertEquals(0, Ran.train(alone, "--epochs", 3, "--augment", "cifar").code());
    Ran two = Ran.train(parts, "--epochs", 3, "--augment", "cifar", "--stop-after", 1, "--parallel", "groups", "--devices", 2, "--json");
    assertEquals(0, two.code(), two.err());
    assertEquals("[\"cpu:reference:0\",\"cpu:reference:1\"]", two.json().path("devices").toString());
    assertEquals("groups", two.json().path("parallel").asText());
    JsonNode kept = arguments(parts);
    assertEquals(two.json().path("devices"), kept.path("devices"));
    assertEquals("groups", kept.path("parallel").asText());
    assertTrue(kept.path("command").asText().contains("--devices 2 --parallel groups"), kept.path("command").asText());
    Ran four = Ran.cardinal("train", "--resume", parts, "--devices", 4, "--parallel", "data", "--stop-after", 1);
    assertEquals(0, four.code(), four.err());
    assertTrue(four.out().contains("cpu:reference:3"), four.out());
    Ran one = Ran.cardinal("train", "--resume", parts, "--device", "cpu:reference");
    assertEquals(0, one.code(), one.err());
    assertEquals("none", arguments(parts).path("parallel").asText());
    Checkpoint a = CheckpointStore.open(alone, CheckpointStore.Prefer.LAST);
    Checkpoint b = CheckpointStore.open(parts, CheckpointStore.Prefer.LAST);
    assertEquals("epoch-0003", b.name());
    near(a.model(), b.model());
    near(a.state(), b.state());
    for (int epoch = 0; epoch < 3; epoch++) {
      double loss = a.meta().path("history").get(epoch).path("train_loss").asDouble();
      assertEquals(loss, b.meta().path("history").get(epoch).path("train_loss").asDouble(), 1e-4 * loss);
    }
  }

  /** A run on two devices goes on on two, if nothing else is said, and is measured there too. */
  @Test
  void theDivisionIsKept() throws Exception {
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 2, "--stop-after", 1, "--parallel", "hybrid", "--devices", 2, "--sync-bn", "false").code());
    Ran r = Ran.cardinal("train", "--resume", run, "--json");
    assertEquals(0, r.code(), r.err());
    assertEquals("hybrid", r.json().path("parallel").asText());
    assertEquals(2, r.json().path("devices").size());
    assertFalse(r.json().path("sync_bn").asBoolean(true));
    Ran e = Ran.cardinal("eval", run, "--limit", 16, "--batch", 8, "--devices", "cpu:reference:0,cpu:reference:1", "--parallel", "data", "--json");
    assertEquals(0, e.code(), e.err());
    Ran alone = Ran.cardinal("eval", run, "--limit", 16, "--batch", 8, "--device", "cpu:reference", "--json");
    assertEquals(alone.json().path("loss").asDouble(), e.json().path("loss").asDouble(), 1e-5);
    Ran b = Ran.cardinal("bench", "lenet5", "--batch", 4, "--steps", 1, "--warmup", 0, "--device", "cpu:reference", "--devices", 2, "--parallel", "groups", "--json");
    assertEquals(0, b.code(), b.err());
    assertEquals("groups", b.json().path("parallel").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "--net alexnet --size 67 --parallel groups --devices 3|2 groups of 128 channels do not divide over 3 devices; the whole network divides over 2, 4 or 8 devices",
      "--parallel data --devices 3|a batch of 16 does not divide over 3 devices", "--parallel groups|needs several devices", "--devices cpu:0,cpu:1|choose --parallel groups, data or hybrid",
      "--parallel none --devices 2|choose --parallel groups, data or hybrid", "--parallel wide --devices 2|there is no parallel mode wide; use none, groups, data or hybrid",
      "--parallel data --devices cpu:0,,cpu:1|devices are a number or names", "--parallel data --devices 0|must be from 1 to 64",
      "--parallel data --devices cpu:0,cpu:1 --device cpu|exclude each other"})
  void wrongUsageIsRefusedBeforeAnythingIsWritten(String words) {
    String[] asked = words.split("\\|");
    List<Object> all = new ArrayList<>(List.of("train", "--limit", 32, "--batch", 16, "--epochs", 1, "--out", folder.resolve("none")));
    all.addAll(List.of(asked[0].split(" ")));
    Ran r = Ran.cardinal(all.toArray());
    assertEquals(2, r.code(), r.err());
    assertTrue(r.err().contains(asked[1]), r.err());
    assertFalse(Files.exists(folder.resolve("none")));
  }
}
