package dev.cardinal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cardinal.io.CheckpointStore.Prefer;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir
  Path run;
  private Path dir;

  @BeforeEach
  void storeFolder() {
    dir = run.resolve("checkpoints");
  }

  @Test
  void givesBackWhatWasSaved() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 2);
    ObjectNode meta = meta(1).put("net", "resnext").put("seed", Long.MAX_VALUE).put("loss", 0.1 + 0.2);
    Path saved = store.save("epoch-0001", tensors(1), Map.of("step", HostTensor.scalar(7)), meta, true);
    assertEquals(dir.resolve("epoch-0001").toAbsolutePath(), saved);
    Checkpoint c = CheckpointStore.open(saved);
    assertEquals("epoch-0001", c.name());
    assertEquals(meta, c.meta());
    assertTrue(tensors(1).get("w").sameBits(c.model().get("w")));
    assertEquals(7, c.state().get("step").item());
    assertEquals(List.of("best", "epoch-0001", "last"), names());
    assertEquals(List.of("checkpoint.json", "model.safetensors", "state.safetensors"), names(saved));
  }

  @Test
  void everyPathInARunLeadsToACheckpoint() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 5);
    save(store, 1, true);
    save(store, 2, false);
    for (Path p : List.of(run, dir)) {
      assertEquals("epoch-0002", CheckpointStore.open(p).name());
      assertEquals("epoch-0002", CheckpointStore.open(p, Prefer.LAST).name());
      assertEquals("epoch-0001", CheckpointStore.open(p, Prefer.BEST).name());
    }
    assertEquals("epoch-0001", CheckpointStore.open(dir.resolve("best")).name());
    assertEquals("epoch-0002", CheckpointStore.open(dir.resolve("last"), Prefer.BEST).name());
    assertEquals("epoch-0001", CheckpointStore.open(dir.resolve("epoch-0001/model.safetensors")).name());
    Files.delete(dir.resolve("best"));
    assertEquals("epoch-0002", CheckpointStore.open(run, Prefer.BEST).name());
  }

  @Test
  void keepsTheLastAndTheBest() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 2);
    for (int e = 1; e <= 6; e++) {
      save(store, e, e == 2);
    }
    assertEquals(List.of("best", "epoch-0002", "epoch-0005", "epoch-0006", "last"), names());
    save(new CheckpointStore(dir, 1), 7, true);
    assertEquals(List.of("best", "epoch-0007", "last"), names());
  }

  @Test
  void lastMeansSavedLastEvenAfterGoingBack() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 2);
    for (int e = 1; e <= 4; e++) {
      save(store, e, e == 4);
    }
    CheckpointStore resumed = new CheckpointStore(dir, 2);
    resumed.save("epoch-0003", tensors(30), Map.of(), meta(30), false);
    assertEquals(30, CheckpointStore.open(run).meta().get("epoch").asInt());
    resumed.save("epoch-0004", tensors(40), Map.of(), meta(40), false);
    assertEquals(40, CheckpointStore.open(run).meta().get("epoch").asInt());
    assertEquals(4, CheckpointStore.open(run, Prefer.BEST).meta().get("epoch").asInt(), "the best one of that name is still needed");
    assertEquals(List.of("best", "epoch-0003", "epoch-0004", "epoch-0004-2", "last"), names());
  }

  @Test
  void leftoversOfKilledWritersAreRemovedAndNeverOpened() throws IOException {
    save(new CheckpointStore(dir, 3), 1, false);
    Path half = Files.createDirectories(dir.resolve(".epoch-0002.abc.tmp"));
    Files.writeString(half.resolve("model.safetensors"), "half");
    Files.writeString(dir.resolve(".last.abc.tmp"), "epo");
    assertEquals("epoch-0001", CheckpointStore.open(run).name());
    new CheckpointStore(dir, 3);
    assertEquals(List.of("epoch-0001", "last"), names());
  }

  @Test
  void aFullDiskCostsOnlyTheNewCheckpoint() throws IOException {
    FullDisk disk = new FullDisk(Long.MAX_VALUE);
    CheckpointStore store = new CheckpointStore(dir, 1, disk);
    save(store, 1, true);
    long room = 0;
    int failures = 0;
    for (boolean saved = false; !saved; room += 97) {
      disk.setRoom(room);
      try {
        save(store, 2, true);
        saved = true;
      } catch (IOException e) {
        failures++;
        assertTrue(e.getMessage().contains("No space left on device") && e.getMessage().contains("epoch-0002"), e.getMessage());
        String last = CheckpointStore.open(run).name();
        assertTrue(last.equals("epoch-0001") || last.startsWith("epoch-0002"), last);
        assertFalse(names().stream().anyMatch(n -> n.endsWith(".tmp")), names().toString());
        CheckpointStore.open(run, Prefer.BEST).model();
      }
    }
    assertTrue(failures > 5, "the disk was full " + failures + " times");
    assertEquals(2, CheckpointStore.open(run).meta().get("epoch").asInt());
  }

  @Test
  void tornAndChangedFilesAreFoundAndTheNewestReadableIsUsed() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 5);
    for (int e = 1; e <= 4; e++) {
      save(store, e, e == 4);
    }
    byte[] model = Files.readAllBytes(dir.resolve("epoch-0004/model.safetensors"));
    model[model.length - 1] ^= 1;
    Files.write(dir.resolve("epoch-0004/model.safetensors"), model);
    Files.write(dir.resolve("epoch-0003/state.safetensors"), new byte[3], StandardOpenOption.TRUNCATE_EXISTING);
    assertEquals("epoch-0002", CheckpointStore.open(run).name());
    assertEquals("epoch-0002", CheckpointStore.open(run, Prefer.BEST).name());
    assertMessage(dir.resolve("epoch-0004"), "damaged or changed");
    assertMessage(dir.resolve("epoch-0003"), "has 3 bytes where");
    Files.delete(dir.resolve("epoch-0002/model.safetensors"));
    assertMessage(dir.resolve("epoch-0002"), "is missing");
    Files.writeString(dir.resolve("epoch-0001/checkpoint.json"), "{\"format\":\"cardinal-checkpoint\",\"format\":\"x\"}");
    assertMessage(dir.resolve("epoch-0001"), "uplicate");
    assertMessage(run, "no readable checkpoint");
  }

  @Test
  void pointersThatLieAreNotFollowed() throws IOException {
    CheckpointStore store = new CheckpointStore(dir, 5);
    save(store, 1, false);
    for (String lie : List.of("../../etc", "/etc", "", "epoch-0099", ".hidden", "x".repeat(5000))) {
      Files.writeString(dir.resolve("last"), lie);
      assertEquals("epoch-0001", CheckpointStore.open(run).name());
    }
    save(store, 2, false);
    assertEquals("epoch-0002", CheckpointStore.open(run).name());
  }

  @Test
  void whatIsNoCheckpointIsSaidToBeNone() throws IOException {
    assertMessage(run.resolve("nowhere"), "no such file or folder");
    assertMessage(run, "no readable checkpoint");
    Path other = Files.writeString(run.resolve("notes.txt"), "hello there, this is text");
    assertMessage(other, "is no checkpoint pointer");
    assertThrows(IllegalArgumentException.class, () -> new CheckpointStore(dir, 0));
    CheckpointStore store = new CheckpointStore(dir, 1);
    assertThrows(IllegalArgumentException.class, () -> store.save("../x", Map.of(), Map.of(), meta(1), false));
  }

  private static void assertMessage(Path path, String part) {
    IOException e = assertThrows(IOException.class, () -> CheckpointStore.open(path));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  private static void save(CheckpointStore store, int epoch, boolean best) throws IOException {
    store.save("epoch-%04d".formatted(epoch), tensors(epoch), Map.of("momentum", HostTensor.zeros(TensorType.f32(10))), meta(epoch), best);
  }

  static Map<String, HostTensor> tensors(int epoch) {
    return Map.of("w", HostTensor.generate(TensorType.f32(4, 25), i -> epoch * 1000 + i));
  }

  static ObjectNode meta(int epoch) {
    return JsonNodeFactory.instance.objectNode().put("epoch", epoch);
  }

  private List<String> names() throws IOException {
    return names(dir);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
