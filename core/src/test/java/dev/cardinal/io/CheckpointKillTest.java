package dev.cardinal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A process that saves as fast as it can is killed, as {@code kill -9} does it, at random moments; then the last checkpoint is opened. */
class CheckpointKillTest {
  private static final int KILLS = 10;

  @TempDir
  Path run;

  @Test
  void theLastCheckpointSurvivesKills() throws Exception {
    Path dir = run.resolve("checkpoints");
    SplittableRandom random = new SplittableRandom(3);
    int before = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      Process child = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-Xmx256m", "-cp", classPath(), Saver.class.getName(), dir.toString())
          .redirectErrorStream(true).redirectOutput(run.resolve("child.log").toFile()).start();
      try {
        Path progress = dir.resolve("last");
        String seen = Files.exists(progress) ? Files.readString(progress) : "";
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.exists(progress) || Files.readString(progress).equals(seen)) {
          assertTrue(child.isAlive() && System.nanoTime() < deadline, () -> "the child saves nothing: " + log());
          Thread.sleep(5);
        }
        Thread.sleep(random.nextInt(150));
      } finally {
        child.destroyForcibly().waitFor();
      }
      assertTrue(Files.exists(dir.resolve("last")));
      String named = Files.readString(dir.resolve("last")).strip();
      Checkpoint c = CheckpointStore.open(run);
      assertEquals(named, c.name(), "the one that 'last' names is itself readable");
      int step = c.meta().get("step").asInt();
      assertTrue(step > before, step + " follows " + before);
      before = step;
      for (HostTensor t : c.model().values()) {
        assertEquals(step, t.get(t.size() - 1));
      }
      assertEquals(step, c.state().get("step").item());
      CheckpointStore.open(run, CheckpointStore.Prefer.BEST).model();
    }
    new CheckpointStore(dir, 2);
    try (Stream<Path> entries = Files.list(dir)) {
      long left = entries.filter(AtomicFile::isTemporary).count();
      assertEquals(0, left, "unfinished folders");
    }
  }

  /** Where the classes that the child needs were loaded from: the property of that name says it under no launcher but {@code java}'s own. */
  private static String classPath() {
    return Stream.of(CheckpointKillTest.class, CheckpointStore.class, HostTensor.class,
            ObjectNode.class, JsonFactory.class, JsonInclude.class, Logger.class)
        .map(c -> Path.of(URI.create(c.getProtectionDomain().getCodeSource().getLocation().toString())).toString())
        .distinct().collect(Collectors.joining(File.pathSeparator));
  }

  private String log() {
    try {
      return Files.readString(run.resolve("child.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The process to be killed: resumes its count from the last checkpoint and saves for ever. */
  static final class Saver {
    private Saver() {}

    public static void main(String[] args) throws IOException {
      Path dir = Path.of(args[0]);
      CheckpointStore store = new CheckpointStore(dir, 2);
      int step = store.named(CheckpointStore.Prefer.LAST).isPresent() ? CheckpointStore.open(dir).meta().get("step").asInt() : 0;
      while (true) {
        step++;
        int value = step;
        Map<String, HostTensor> model = new LinkedHashMap<>();
        for (int i = 0; i < 4; i++) {
          model.put("layer" + i, HostTensor.generate(TensorType.f32(64, 256), j -> value));
        }
        // names repeat, so that the replacement of a checkpoint by one of the same name is interrupted too
        store.save("epoch-%04d".formatted(step % 5), model, Map.of("step", HostTensor.scalar(step)),
            JsonNodeFactory.instance.objectNode().put("step", step), step % 3 == 0);
      }
    }
  }
}
