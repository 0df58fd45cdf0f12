package dev.cardinal.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The private folder: content-addressed, complete or absent, and shared by processes that start together. */
final class NativeStoreTest {
  private static final int PROCESSES = 2;

  @TempDir
  Path folder;

  private static SortedMap<String, byte[]> content(String text) {
    return new TreeMap<>(Map.of("liba.so", text.getBytes(StandardCharsets.UTF_8), "libb.so", new byte[4096]));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void sameContentSameFolderOtherContentAnother() throws IOException {
    NativeStore store = new NativeStore(folder.resolve("a/b/natives"));
    Path one = store.files(content("one"));
    assertEquals(one, store.files(content("one")));
    assertNotEquals(one, store.files(content("two")));
    assertEquals("one", Files.readString(one.resolve("liba.so")));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(store.base())));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(one)));
    assertEquals(2, names(store.base()).size(), "nothing else is left behind");
  }

  @Test
  void aFolderThatOthersMayWriteToIsMadePrivate() throws IOException {
    Path base = Files.createDirectory(folder.resolve("natives"));
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxrwxrwx"));
    new NativeStore(base).files(content("x"));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(base)));
  }

  @Test
  void aLinkInItsPlaceIsRefused() throws IOException {
    Path base = folder.resolve("natives");
    Files.createSymbolicLink(base, Files.createDirectory(folder.resolve("elsewhere")));
    String message = assertThrows(NativesException.class, () -> new NativeStore(base).files(content("x"))).getMessage();
    assertTrue(message.contains("it is not a folder") && message.contains("XDG_CACHE_HOME"), message);
  }

  @Test
  void damagedFilesAreWrittenAgain() throws IOException {
    NativeStore store = new NativeStore(folder.resolve("natives"));
    Path f = store.files(content("good"));
    Files.writeString(f.resolve("liba.so"), "evil");
    assertEquals(f, store.files(content("good")));
    assertEquals("good", Files.readString(f.resolve("liba.so")));
    Files.delete(f.resolve("libb.so"));
    store.files(content("good"));
    assertArrayEquals(new byte[4096], Files.readAllBytes(f.resolve("libb.so")));
    assertEquals(1, names(store.base()).size());
  }

  @Test
  void anInterruptedFillLeavesNothingThatCountsAsWhole() throws IOException {
    NativeStore store = new NativeStore(folder.resolve("natives"));
    assertThrows(NativesException.class, () -> store.folder("big", f -> {
      Files.writeString(f.resolve("part"), "half");
      throw new IOException("disk full");
    }, f -> true));
    assertEquals(List.of(), names(store.base()));
  }

  @Test
  void processesThatStartTogetherAgree() throws IOException, InterruptedException {
    Path start = folder.resolve("start");
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      all.add(ForkedJvm.start(StoreProcess.class, folder.resolve("cache/natives").toString(), start.toString(), folder.resolve("ready" + i).toString()));
    }
    for (int i = 0; i < PROCESSES; i++) {
      while (!Files.exists(folder.resolve("ready" + i)) && all.get(i).isAlive()) {
        Thread.sleep(5);
      }
    }
    Files.createFile(start);
    List<String> said = new ArrayList<>();
    for (Process p : all) {
      String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(p.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, p.exitValue(), output);
      said.add(output);
    }
    // Every process prepared all natives in every round, in the same folders, and found them whole.
    assertEquals(said.get(0), said.get(1));
    assertEquals(StoreProcess.ROUNDS, names(folder.resolve("cache/natives")).size());
  }
}
