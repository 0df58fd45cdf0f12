package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder of the user's own (mode 0700) for native libraries. What is put in lies below a name made of its content, is complete as soon as that name exists, and never changes: so any number of
 * processes may start at once, and an interrupted one leaves nothing that is taken for whole.
 */
public final class NativeStore {
  private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
  private static final int KEY_DIGITS = 32;
  private final Path base;

  /** What fills a new folder. */
  interface Filler {
    void fill(Path folder) throws IOException;
  }

  /** At that folder, which is made if it is missing. */
  public NativeStore(Path base) {
    this.base = base;
  }

  /** Below the user's cache folder: {@code $XDG_CACHE_HOME}, else {@code ~/.cache}. */
  public static NativeStore ofUser(Map<String, String> environment) {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path parent = cache.startsWith("/") ? Path.of(cache) : Path.of(System.getProperty("user.home")).resolve(".cache");
    return new NativeStore(parent.resolve("cardinal").resolve("natives"));
  }

  /** Where it is. */
  public Path base() {
    return base;
  }

  /**
   * A folder with these files.
   *
   * @param files content by name
   */
  Path files(SortedMap<String, byte[]> files) {
    String key = key(files);
    return folder(key, f -> {
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        Files.write(f.resolve(e.getKey()), e.getValue());
      }
    }, f -> same(f, files));
  }

  private static boolean same(Path folder, SortedMap<String, byte[]> files) {
    try {
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        Path p = folder.resolve(e.getKey());
        if (!Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS) || !Arrays.equals(Files.readAllBytes(p), e.getValue())) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static String key(SortedMap<String, byte[]> files) {
    try {
      MessageDigest d = MessageDigest.getInstance("SHA-256");
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        d.update((e.getKey() + ' ' + e.getValue().length + '\n').getBytes(StandardCharsets.UTF_8));
        d.update(e.getValue());
      }
      return HexFormat.of().formatHex(d.digest()).substring(0, KEY_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The folder of that name, filled first if it is not there or not whole.
   *
   * @param fill writes its files
   * @param whole whether a folder that is there can be used
   */
  Path folder(String name, Filler fill, Predicate<Path> whole) {
    Path folder = base.resolve(name);
    try {
      ownBase();
      if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        if (whole.test(folder)) {
          return folder;
        }
        discard(folder);
      }
      Path fresh = Files.createTempDirectory(base, "new-", PosixFilePermissions.asFileAttribute(PRIVATE));
      try {
        fill.fill(fresh);
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        throw e;
      } catch (FileSystemException e) {
        // Another process was faster: renaming onto a folder that has files fails.
        if (!whole.test(folder)) {
          throw e;
        }
      } finally {
        delete(fresh);
      }
      return folder;
    } catch (IOException e) {
      throw new NativesException("native libraries cannot be written to " + folder + " (" + e.getClass().getSimpleName() + ": " + e.getMessage()
          + "); make room and give yourself permission there, or set XDG_CACHE_HOME to another folder", e);
    }
  }

  /** The folder itself, made if it is missing and nobody's but the user's. */
  public Path own() {
    try {
      ownBase();
      return base;
    } catch (IOException e) {
      throw new NativesException("the folder " + base + " cannot be used (" + e.getMessage() + "); make room and give yourself permission there, or set XDG_CACHE_HOME to another folder", e);
    }
  }

  /** Makes the base folder private, and refuses one that is somebody else's or that others may write to. */
  private void ownBase() throws IOException {
    Files.createDirectories(base.getParent());
    if (!Files.exists(base, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(base, PosixFilePermissions.asFileAttribute(PRIVATE));
      } catch (FileAlreadyExistsException e) {
        // Another process made it in between; it is looked at like any other.
      }
    }
    if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("it is not a folder");
    }
    Path probe = Files.createTempFile(base, "own-", "");
    Object user = Files.getOwner(probe);
    Files.delete(probe);
    if (!Files.getOwner(base, LinkOption.NOFOLLOW_LINKS).equals(user)) {
      throw new IOException("it belongs to " + Files.getOwner(base, LinkOption.NOFOLLOW_LINKS).getName());
    }
    if (!Files.getPosixFilePermissions(base, LinkOption.NOFOLLOW_LINKS).equals(PRIVATE)) {
      Files.setPosixFilePermissions(base, PRIVATE);
    }
  }

  /** Moves a damaged folder out of the way before deleting it, so that nobody finds it half deleted. */
  private void discard(Path folder) throws IOException {
    Path aside = Files.createTempDirectory(base, "old-", PosixFilePermissions.asFileAttribute(PRIVATE));
    try {
      Files.move(folder, aside.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // Another process was faster.
    } finally {
      delete(aside);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(p);
      }
    }
  }
}
