package dev.cardinal.cuda.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.cache.AlgorithmMemory;
import dev.cardinal.backend.cache.PrivateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept between runs is there again, and whatever is broken counts as missing. */
class CachesTest {
  @TempDir
  Path temporary;

  private PrivateFolder folder() {
    return new PrivateFolder(temporary.resolve("own").resolve("cache"));
  }

  private AlgorithmMemory memory() {
    return new AlgorithmMemory(folder(), "gpu.txt");
  }

  private Path file() {
    return folder().path().resolve("gpu.txt");
  }

  @Test
  void choicesAreThereInTheNextRun() throws IOException {
    AlgorithmMemory first = memory();
    assertEquals(Optional.empty(), first.get("a"));
    first.put("a", "depthwise ROWS");
    assertEquals(Optional.of("depthwise ROWS"), first.get("a"));
    first.save();
    assertEquals(Optional.of("depthwise ROWS"), memory().get("a"));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().path())));
  }

  @Test
  void twoProcessesKeepBothTheirChoices() {
    AlgorithmMemory one = memory();
    AlgorithmMemory other = memory();
    one.get("a");
    other.get("b");
    one.put("a", "x");
    other.put("b", "y");
    one.save();
    other.save();
    assertEquals(Optional.of("x"), memory().get("a"));
    assertEquals(Optional.of("y"), memory().get("b"));
  }

  @Test
  void aBrokenFileIsIgnoredAndWrittenAnew() throws IOException {
    for (String broken : List.of("", "\n", "another format\na\tx\n", "# cardinal algorithms 1\na\tx\nhalf a li", "# cardinal algorithms 1\na\tx\ty\n", "\0\u00ff\n")) {
      Files.createDirectories(folder().path());
      Files.writeString(file(), broken);
      AlgorithmMemory m = memory();
      assertEquals(Optional.empty(), m.get("a"), broken);
      m.put("b", "y");
      m.save();
      assertEquals(Optional.of("y"), memory().get("b"), broken);
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoError() throws IOException {
    Files.writeString(temporary.resolve("own"), "a file where a folder should be");
    AlgorithmMemory m = memory();
    m.put("a", "x");
    m.save();
    new CompiledImages(folder()).put("name", cubin());
    assertEquals(Optional.empty(), new CompiledImages(folder()).get("name"));
  }

  private static byte[] cubin() {
    byte[] elf = new byte[100];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F'}, 0, elf, 0, 4);
    elf[18] = (byte) 190;
    elf[60] = 42;
    return elf;
  }

  @Test
  void machineCodeIsThereInTheNextRunUnlessItIsBroken() throws IOException {
    CompiledImages images = new CompiledImages(folder());
    String name = CompiledImages.name("source", List.of("option"), "compiler 1");
    images.put(name, cubin());
    assertArrayEquals(cubin(), new CompiledImages(folder()).get(name).orElseThrow());
    Path file = folder().path().resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    bytes[70]++;
    Files.write(file, bytes);
    assertTrue(images.get(name).isEmpty());
    Files.write(file, new byte[3]);
    assertTrue(images.get(name).isEmpty());
    images.put(name, cubin());
    assertTrue(images.get(name).isPresent());
  }

  @Test
  void onlyMachineCodeOfGpusIsKept() {
    CompiledImages images = new CompiledImages(folder());
    byte[] host = cubin();
    host[18] = 62;
    images.put("host", host);
    images.put("text", ".version 8.0".getBytes(StandardCharsets.US_ASCII));
    assertTrue(images.get("host").isEmpty() && images.get("text").isEmpty());
  }

  @Test
  void namesTellSourcesOptionsAndCompilersApart() {
    String name = CompiledImages.name("source", List.of("option"), "compiler 1");
    assertEquals(name, CompiledImages.name("source", List.of("option"), "compiler 1"));
    assertNotEquals(name, CompiledImages.name("source ", List.of("option"), "compiler 1"));
    assertNotEquals(name, CompiledImages.name("source", List.of("option", "two"), "compiler 1"));
    assertNotEquals(name, CompiledImages.name("source", List.of("option"), "compiler 2"));
  }
}
