package dev.cardinal.data.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** The regular files below a folder or inside an archive, readable at random from several threads. */
interface FileTree extends Closeable {
  /**
   * One file.
   *
   * @param path its path below the root, with {@code /} between names
   * @param size its length in bytes, as far as the tree knows; −1 if unknown
   * @param where the tree's own handle of it, or null if it needs none
   */
  record Entry(String path, long size, Object where) {}

  /** All files, sorted by path. */
  List<Entry> files();

  /** Paths of all directories the tree knows of, empty ones included. */
  List<String> directories();

  /**
   * The first bytes of a file.
   *
   * @return at most {@code limit} bytes; fewer only if the file ends there
   */
  byte[] read(Entry file, int limit) throws IOException;

  /** The folder or archive, for messages. */
  String title();
}
