package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The dynamic linker's cache, {@code /etc/ld.so.cache}: where the libraries of its configured folders lie. Only glibc's format since 2.2 is read (glibc, {@code sysdeps/generic/dl-cache.h}); anything
 * else counts as an empty cache.
 */
final class LinkerCache {
  private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OLD_MAGIC = "ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 48;
  private static final int ENTRY_BYTES = 24;
  private static final int OLD_HEADER_BYTES = 16;
  private static final int OLD_ENTRY_BYTES = 12;

  private LinkerCache() {}

  /** The folders of the libraries whose names start with one of these, in the cache's order and without repetition. */
  static List<Path> folders(Path cache, List<String> prefixes) {
    byte[] bytes;
    try {
      bytes = Files.isReadable(cache) ? Files.readAllBytes(cache) : new byte[0];
    } catch (IOException e) {
      return List.of();
    }
    List<Path> folders = new ArrayList<>();
    for (Path p : paths(bytes)) {
      String name = p.getFileName().toString();
      if (prefixes.stream().anyMatch(name::startsWith) && !folders.contains(p.getParent())) {
        folders.add(p.getParent());
      }
    }
    return folders;
  }

  /** All paths in a cache's content. */
  static List<Path> paths(byte[] bytes) {
    List<Path> paths = new ArrayList<>();
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int base = base(b);
    if (base < 0) {
      return paths;
    }
    long count = Integer.toUnsignedLong(b.getInt(base + MAGIC.length));
    for (long i = 0; i < count && base + HEADER_BYTES + (i + 1) * ENTRY_BYTES <= bytes.length; i++) {
      int value = b.getInt((int) (base + HEADER_BYTES + i * ENTRY_BYTES + 8));
      int start = base + value;
      int end = start;
      while (end >= 0 && end < bytes.length && bytes[end] != 0) {
        end++;
      }
      if (start >= base && end < bytes.length && end > start) {
        Folders.absolute(new String(bytes, start, end - start, StandardCharsets.UTF_8)).ifPresent(paths::add);
      }
    }
    return paths;
  }

  /** Where the format starts, to which its offsets relate: at the start, or behind a cache of the older format. */
  private static int base(ByteBuffer b) {
    int at = 0;
    if (has(b, 0, OLD_MAGIC) && b.capacity() >= OLD_HEADER_BYTES) {
      long old = OLD_HEADER_BYTES + Integer.toUnsignedLong(b.getInt(12)) * OLD_ENTRY_BYTES;
      at = (int) Math.min(Integer.MAX_VALUE - HEADER_BYTES, (old + 7) / 8 * 8);
    }
    return has(b, at, MAGIC) && b.capacity() - at >= HEADER_BYTES ? at : -1;
  }

  private static boolean has(ByteBuffer b, int at, byte[] magic) {
    if (b.capacity() - at < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (b.get(at + i) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
