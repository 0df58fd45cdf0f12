package dev.cardinal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir
  Path folder;

  @Test
  void createsFoldersAndReplaces() throws IOException {
    Path file = folder.resolve("a/b/text");
    AtomicFile.writeText(file, "first");
    AtomicFile.writeText(file, "zweitens ü");
    assertEquals("zweitens ü", Files.readString(file));
    assertEquals(List.of("text"), names(file.getParent()));
  }

  @Test
  void aFullDiskLeavesTheOldFileAndNoOther() throws IOException {
    Path file = folder.resolve("text");
    AtomicFile.writeText(file, "old");
    byte[] content = new byte[100_000];
    IOException e = assertThrows(IOException.class,
        () -> AtomicFile.write(file, out -> AtomicFile.writeFully(out, ByteBuffer.wrap(content)), new FullDisk(60_000)));
    assertEquals("No space left on device", e.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("text"), names(folder));
  }

  @Test
  void afterAnyFailureTheOldFileIsThere() throws IOException {
    Path file = folder.resolve("text");
    AtomicFile.writeText(file, "old");
    assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, out -> {
      AtomicFile.writeFully(out, ByteBuffer.wrap(new byte[10]));
      throw new IllegalStateException("the content could not be computed");
    }));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("text"), names(folder));
  }

  @Test
  void whileItIsWrittenReadersSeeTheOldContent() throws IOException {
    Path file = folder.resolve("text");
    AtomicFile.writeText(file, "old");
    AtomicFile.write(file, out -> {
      AtomicFile.writeFully(out, ByteBuffer.wrap("new".getBytes(StandardCharsets.US_ASCII)));
      assertEquals("old", Files.readString(file));
    });
    assertEquals("new", Files.readString(file));
  }

  @Test
  void writesThroughALinkedFolder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    AtomicFile.writeText(link.resolve("text"), "x");
    assertTrue(Files.exists(real.resolve("text")));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
