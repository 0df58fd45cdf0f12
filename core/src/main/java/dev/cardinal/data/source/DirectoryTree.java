package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/** A folder on disk. Symbolic links are followed: it is the user's own folder, and large data sets are often linked together. */
final class DirectoryTree implements FileTree {
  private final Path root;
  private final List<Entry> files = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();

  DirectoryTree(Path root) throws IOException {
    this.root = root;
    try {
      Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
          if (!directory.equals(root)) {
            directories.add(name(directory));
          }
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
          // Pipes and devices would block whoever reads them.
          if (attributes.isRegularFile()) {
            files.add(new Entry(name(file), attributes.size(), null));
          }
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
          String why = e instanceof FileSystemLoopException ? "is a link to a folder that contains it; remove the link"
              : "cannot be read (" + e.getMessage() + "); check its permissions";
          throw new DataException(file + " " + why, e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    files.sort(Comparator.comparing(Entry::path));
  }

  private String name(Path path) {
    return root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
  }

  @Override
  public List<Entry> files() {
    return files;
  }

  @Override
  public List<String> directories() {
    return directories;
  }

  @Override
  public byte[] read(Entry file, int limit) throws IOException {
    // Found again by its name: a million paths in memory would be as large as a small cache.
    try (InputStream in = Files.newInputStream(root.resolve(file.path()))) {
      // In one piece where the size is as it was.
      byte[] bytes = new byte[(int) Math.min(limit, file.size() + 1)];
      int length = in.readNBytes(bytes, 0, bytes.length);
      if (length < bytes.length || length == limit) {
        return Arrays.copyOf(bytes, length);
      }
      byte[] rest = in.readNBytes(limit - length);
      bytes = Arrays.copyOf(bytes, length + rest.length);
      System.arraycopy(rest, 0, bytes, length, rest.length);
      return bytes;
    }
  }

  @Override
  public String title() {
    return root.toString();
  }

  @Override
  public void close() {}
}
