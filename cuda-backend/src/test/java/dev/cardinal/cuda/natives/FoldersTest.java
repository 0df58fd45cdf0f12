package dev.cardinal.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FoldersTest {
  @Test
  void onlyWhatCanBeAPathCounts() {
    assertEquals(Optional.of(Path.of("/usr/lib")), Folders.absolute("/usr/lib"));
    assertEquals(Optional.empty(), Folders.absolute("lib"));
    assertEquals(Optional.empty(), Folders.absolute(""));
    // In a locale of ASCII letters beyond that are refused in the same way; no locale has a path with a zero.
    assertEquals(Optional.empty(), Folders.absolute("/usr/l\0b"));
    assertEquals(List.of(Path.of("/a"), Path.of("/b")), Folders.ofVariable("/a:relative::/\0:/b"));
    assertEquals(List.of(), Folders.ofVariable(null));
  }
}
