package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training from the command line, what it leaves behind, going on, and using the result. */
final class TrainCommandTest {
  @TempDir
  Path folder;

  private static byte[] weights(Path run, String checkpoint) throws IOException {
    return Files.readAllBytes(run.resolve("checkpoints").resolve(checkpoint).resolve("model.safetensors"));
  }

  @Test
  void trainingLeavesEverythingInTheRunFolderAndTheResultIsUsable() throws Exception {
    Path run = folder.resolve("run");
    Ran r = Ran.train(run, "--epochs", 2, "--json");
    assertEquals(0, r.code(), r.err());
    JsonNode j = r.json();
    for (String key : List.of("net", "data", "epochs", "train_seconds", "test_accuracy", "device", "engine", "checkpoint", "report")) {
      assertTrue(j.has(key), key);
    }
    assertEquals(2, j.path("epochs").asInt());
    for (String file : List.of("arguments.json", "results.csv", "curves.png", "confusion.png", "batches.png", "report.html", "checkpoints/best", "checkpoints/last")) {
      assertTrue(Files.size(run.resolve(file)) > 0, file);
    }
    try (Stream<Path> files = Files.list(run)) {
      assertEquals(1, files.filter(p -> p.getFileName().toString().startsWith("events.out.tfevents")).count());
    }
    assertEquals(3, Files.readAllLines(run.resolve("results.csv")).size());
    assertTrue(Files.readString(run.resolve("report.html")).contains("lenet5 on shapes"));
    assertTrue(r.err().contains("epoch 2/2"), r.err());

    Ran e = Ran.cardinal("eval", run, "--limit", 48, "--device", "cpu:reference", "--json");
    assertEquals(0, e.code(), e.err());
    assertEquals(j.path("test_accuracy").asDouble(), e.json().path("accuracy").asDouble(), 1e-9);
    for (String same : List.of("checkpoints", "checkpoints/best", "checkpoints/last", "checkpoints/epoch-0002")) {
      assertEquals(0, Ran.cardinal("eval", run.resolve(same), "--limit", 16, "--device", "cpu:reference", "--ten-crop").code(), same);
    }

    Path picture = Ran.picture(folder.resolve("a.png"), 0x102030);
    Ran p = Ran.cardinal("predict", run, picture, picture, "--device", "cpu:reference", "--json");
    assertEquals(2, p.out().lines().count());
    JsonNode first = new com.fasterxml.jackson.databind.ObjectMapper().readTree(p.out().lines().findFirst().orElseThrow());
    assertEquals(5, first.path("predictions").size());
    double before = 1;
    for (JsonNode guess : first.path("predictions")) {
      assertTrue(guess.path("probability").asDouble() <= before, p.out());
      before = guess.path("probability").asDouble();
    }
    assertTrue(Ran.cardinal("predict", run, picture, "--device", "cpu:reference").out().contains(" %"), "a table");
  }

  @Test
  void aStoppedRunGoesOnBitForBit() throws Exception {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    assertEquals(0, Ran.train(whole, "--epochs", 3, "--average", 0.9).code());
    assertEquals(0, Ran.train(parts, "--epochs", 3, "--average", 0.9, "--stop-after", 1).code());
    assertFalse(Files.exists(parts.resolve("checkpoints/epoch-0003")));
    Ran r = Ran.cardinal("train", "--resume", parts);
    assertEquals(0, r.code(), r.err());
    assertTrue(r.out().contains("device  cpu:reference"), r.out());
    assertTrue(r.out().contains("going on after epoch 1 of 3"), r.out());
    assertArrayEquals(weights(whole, "epoch-0003"), weights(parts, "epoch-0003"));
    assertEquals(4, Files.readAllLines(parts.resolve("results.csv")).size());
  }

  @Test
  void aFinishedRunGoesOnOnlyWithMoreEpochs() throws Exception {
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 1).code());
    Ran r = Ran.cardinal("train", "--resume", run, "--device", "cpu:reference");
    assertEquals(1, r.code());
    assertTrue(r.line().contains("has all its 1 epochs; give a larger --epochs to go on"), r.line());
    assertEquals(0, Ran.cardinal("train", "--resume", run, "--epochs", 2, "--device", "cpu:reference").code());
  }

  @Test
  void aRunKilledInItsFirstEpochStartsAgain() throws Exception {
    Path run = folder.resolve("run");
    assertEquals(0, Ran.train(run, "--epochs", 1).code());
    try (Stream<Path> inside = Files.walk(run.resolve("checkpoints"))) {
      for (Path p : inside.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
    Ran r = Ran.cardinal("train", "--resume", run, "--device", "cpu:reference");
    assertEquals(0, r.code(), r.err());
    assertTrue(r.out().contains("starting again"), r.out());
  }

  @Test
  void runsAreNumberedAndAFullFolderIsRefused() throws Exception {
    Path runs = folder.resolve("runs");
    for (int n = 1; n <= 3; n++) {
      assertEquals(runs.resolve("train-" + n), dev.cardinal.train.RunFolder.numbered(runs, "train").path());
    }
    Files.writeString(folder.resolve("mine.txt"), "precious");
    Ran r = Ran.train(folder, "--epochs", 1);
    assertEquals(1, r.code());
    assertTrue(r.line().contains("is not empty; name another folder with --out"), r.line());
    assertFalse(Files.exists(folder.resolve("arguments.json")));
  }

  @Test
  void argumentsComeBackAsTheyWere() throws Exception {
    TrainArguments a = new TrainArguments();
    new picocli.CommandLine(a).parseArgs("--data", "/a b/c's", "--lr", "0.05", "--mirror-test", "--seed", "-7");
    a.fillDefaults();
    TrainArguments b = TrainArguments.ofJson(a.toJson(), folder);
    assertEquals(a.toJson(), b.toJson());
    assertTrue(Launcher.quoted(a.toArguments()).contains("'/a b/c'\\''s'"), Launcher.quoted(a.toArguments()));
  }
}
