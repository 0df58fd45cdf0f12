package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A zip archive. The JDK's reader locks for the raw bytes only and inflates outside the lock, so threads hardly meet. */
final class ZipTree implements FileTree {
  private final String title;
  private final ZipFile zip;
  private final List<Entry> files = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();

  ZipTree(Path path) throws IOException {
    title = path.toString();
    try {
      zip = new ZipFile(path.toFile());
    } catch (ZipException e) {
      throw new DataException(title + " is no readable zip archive (" + e.getMessage() + "); copy or pack it again", e);
    }
    try {
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry e = all.nextElement();
        String name = EntryNames.checked(title, e.getName());
        if (e.isDirectory()) {
          directories.add(name);
        } else {
          files.add(new Entry(name, e.getSize(), e));
        }
      }
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
    files.sort(Comparator.comparing(Entry::path));
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
    try (InputStream in = zip.getInputStream((ZipEntry) file.where())) {
      return in.readNBytes(limit);
    }
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
