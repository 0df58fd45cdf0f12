package dev.cardinal.backend.cache;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** A folder of the user's own (mode 0700) for what can be made again: files in it are complete as soon as they are there. */
public final class PrivateFolder {
  private final Path path;

  /** At that path; it is made when first written to. */
  public PrivateFolder(Path path) {
    this.path = path;
  }

  /** Below the folder that system property {@code cardinal.cache} names, else below the user's cache folder: {@code $XDG_CACHE_HOME/cardinal}, else {@code ~/.cache/cardinal}. */
  public static PrivateFolder ofUser(Map<String, String> environment, String name) {
    String own = System.getProperty("cardinal.cache", "");
    if (!own.isEmpty()) {
      return new PrivateFolder(Path.of(own).toAbsolutePath().resolve(name));
    }
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path parent = cache.startsWith("/") ? Path.of(cache) : Path.of(System.getProperty("user.home")).resolve(".cache");
    return new PrivateFolder(parent.resolve("cardinal").resolve(name));
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Creates or replaces a file as a whole. */
  public void write(String name, byte[] content) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] own = posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))} : new FileAttribute<?>[0];
    Files.createDirectories(path.getParent());
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(path, own);
    }
    Path temporary = Files.createTempFile(path, ".", ".tmp");
    try {
      Files.write(temporary, content);
      Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
