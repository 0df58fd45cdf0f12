package dev.cardinal.cuda.natives;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Absolute paths in what others wrote: environment variables, the linker's cache. */
public final class Folders {
  private Folders() {}

  /** The path of a text; nothing if it is not absolute, or if it has characters that paths cannot have here, as all but ASCII are in a locale that knows no others. */
  public static Optional<Path> absolute(String text) {
    try {
      return text.startsWith("/") ? Optional.of(Path.of(text)) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The paths in the value of a variable such as {@code PATH}, which may be missing. */
  public static List<Path> ofVariable(String list) {
    return list == null ? List.of() : Stream.of(list.split(File.pathSeparator)).flatMap(s -> absolute(s).stream()).toList();
  }
}
