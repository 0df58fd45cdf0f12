package dev.cardinal.data.source;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Packs files for tests. */
final class Archives {
  private Archives() {}

  /** Writes the files into a new folder, zip, tar or tar.gz below {@code parent}. */
  static Path pack(Path parent, String kind, Map<String, byte[]> files) throws IOException {
    if (kind.equals("folder")) {
      Path root = Files.createTempDirectory(parent, "folder");
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        Path file = root.resolve(e.getKey());
        Files.createDirectories(file.getParent());
        Files.write(file, e.getValue());
      }
      return root;
    }
    Path path = Files.createTempFile(parent, "packed", "." + kind);
    try (OutputStream out = Files.newOutputStream(path)) {
      if (kind.equals("zip")) {
        zip(out, files);
      } else {
        tar(kind.equals("tar.gz") ? new GZIPOutputStream(out) : out, files);
      }
    }
    return path;
  }

  private static void zip(OutputStream to, Map<String, byte[]> files) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(to)) {
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        out.putNextEntry(new ZipEntry(e.getKey()));
        out.write(e.getValue());
      }
    }
  }

  private static void tar(OutputStream to, Map<String, byte[]> files) throws IOException {
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(to)) {
      for (Map.Entry<String, byte[]> e : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(e.getKey(), true);
        entry.setSize(e.getValue().length);
        out.putArchiveEntry(entry);
        out.write(e.getValue());
        out.closeArchiveEntry();
      }
    }
  }
}
