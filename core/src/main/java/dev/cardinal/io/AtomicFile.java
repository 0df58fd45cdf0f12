package dev.cardinal.io;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/**
 * Replaces a file as a whole: a reader, or a machine that loses power, sees the old content or the new one and nothing between. The
 * content goes to a temporary file in the same folder, is forced to the disk, and is renamed over the target; then the folder itself is
 * forced, because a rename lives in the folder. When writing fails the target is untouched and the temporary file is gone.
 */
public final class AtomicFile {
  private static final String TEMPORARY_SUFFIX = ".tmp";

  private AtomicFile() {}

  /** What the file shall hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to {@code out}, front to back; the caller closes it. */
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /**
   * Creates or replaces {@code target}; missing parent folders are created.
   *
   * @throws IOException if it cannot be written, for instance because the disk is full; {@code target} is then what it was before
   */
  public static void write(Path target, Content content) throws IOException {
    write(target, content, UnaryOperator.identity());
  }

  /** Creates or replaces {@code target} with the given bytes. */
  public static void writeBytes(Path target, byte[] bytes) throws IOException {
    write(target, out -> writeFully(out, ByteBuffer.wrap(bytes)));
  }

  /** Creates or replaces {@code target} with the given text as UTF-8. */
  public static void writeText(Path target, String text) throws IOException {
    writeBytes(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #write(Path, Content)}; {@code device} wraps the channel to the file and is where tests make a disk fail. */
  static void write(Path target, Content content, UnaryOperator<WritableByteChannel> device) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    createFolder(folder);
    Path temporary = temporarySibling(target.toAbsolutePath());
    try {
      writeForced(temporary, content, device);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException | Error e) {
      deleteAfter(e, temporary);
      throw e;
    }
    force(folder);
  }

  /** Writes a file that must not exist yet and forces it to the disk, without any atomicity of its own. */
  static void writeForced(Path file, Content content, UnaryOperator<WritableByteChannel> device) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      content.writeTo(device.apply(channel));
      channel.force(true);
    }
  }

  /** Creates a folder and its parents; one that is there already, or is a link to one, is fine. */
  static void createFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) { // Java 17's createDirectories refuses a link to a folder.
      Files.createDirectories(folder);
    }
  }

  /** Forces a folder's entries to the disk. */
  static void force(Path folder) throws IOException {
    if (File.separatorChar == '\\') {
      return; // Windows opens no folder as a file; NTFS journals its entries itself.
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A fresh hidden name beside {@code target}, recognised by {@link #isTemporary}. */
  static Path temporarySibling(Path target) {
    String random = Long.toString(ThreadLocalRandom.current().nextLong() & Long.MAX_VALUE, Character.MAX_RADIX);
    return target.resolveSibling("." + target.getFileName() + "." + random + TEMPORARY_SUFFIX);
  }

  /** Whether a file or folder carries the name of an unfinished write. */
  static boolean isTemporary(Path path) {
    String name = path.getFileName().toString();
    return name.startsWith(".") && name.endsWith(TEMPORARY_SUFFIX);
  }

  /** Writes the whole buffer: a channel may take less than it is given. */
  static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void deleteAfter(Throwable failure, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
