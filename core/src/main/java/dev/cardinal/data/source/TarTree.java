package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * A tar archive, plain or gzipped. A plain one is read in place, by position. A gzipped one can be read only from its start, so it is
 * unzipped once into an unnamed temporary file, which the system deletes when the tree is closed.
 */
final class TarTree implements FileTree {
  /** Where an entry's bytes lie in the tar file. */
  private record Extent(long offset, long size) {}

  private final String title;
  private final FileChannel channel;
  private final List<Entry> files = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();

  TarTree(Path path, DataOptions options) throws IOException {
    title = path.toString();
    channel = isGzip(path) ? unzipped(path, options.maxUnpackedBytes()) : FileChannel.open(path, StandardOpenOption.READ);
    try {
      list();
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (e instanceof DataException) {
        throw e;
      }
      throw new DataException(title + " is no readable tar archive (" + e.getMessage() + "); copy or pack it again", e);
    }
    files.sort(Comparator.comparing(Entry::path));
  }

  private static boolean isGzip(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.read() == 0x1f && in.read() == 0x8b;
    }
  }

  private FileChannel unzipped(Path path, long limit) throws IOException {
    Path temporary = Files.createTempFile("cardinal-", ".tar");
    FileChannel to = FileChannel.open(temporary, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 16), 1 << 16)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(to), 1 << 18);
      byte[] buffer = new byte[1 << 16];
      long total = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        total += n;
        if (total > limit) {
          throw new DataException(title + " unpacks to more than the limit of " + limit + " bytes; unpack it yourself and name the folder");
        }
        out.write(buffer, 0, n);
      }
      out.flush();
      return to;
    } catch (IOException e) {
      to.close();
      if (e instanceof DataException) {
        throw e;
      }
      throw new DataException(title + " cannot be unpacked (" + e.getMessage() + "); copy it again, or unpack it and name the folder", e);
    }
  }

  private void list() throws IOException {
    channel.position(0);
    // Closing the TarFile would close the channel, which is needed longer than the listing.
    TarFile tar = new TarFile(channel);
    for (TarArchiveEntry e : tar.getEntries()) {
      String name = EntryNames.checked(title, e.getName());
      if (e.isDirectory()) {
        directories.add(name);
      } else if (e.isFile() && !e.isSparse() && !e.isLink() && !e.isSymbolicLink()) {
        files.add(new Entry(name, e.getSize(), new Extent(e.getDataOffset(), e.getSize())));
      }
    }
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
    Extent extent = (Extent) file.where();
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(limit, extent.size()));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, extent.offset() + bytes.position()) < 0) {
        throw new EOFException("the archive ends within the file");
      }
    }
    return bytes.array();
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
