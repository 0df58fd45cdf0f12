package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Region;
import dev.cardinal.data.image.ImageDecoder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one split: decoded already, or decoded whenever asked for. */
final class StoredImages implements Dataset {
  private static final Logger LOG = LoggerFactory.getLogger(StoredImages.class);

  private final FileTree tree;
  private final List<String> classes;
  private final List<FileTree.Entry> files;
  private final int[] labels;
  private final List<Image> decoded;
  private final DataOptions options;
  private final Set<Integer> broken = ConcurrentHashMap.newKeySet();

  /** @param decoded the pictures of all files, or null if they do not fit in memory */
  StoredImages(FileTree tree, List<String> classes, List<FileTree.Entry> files, int[] labels, List<Image> decoded, DataOptions options) {
    this.tree = tree;
    this.classes = classes;
    this.files = files;
    this.labels = Arrays.copyOf(labels, files.size());
    this.decoded = decoded;
    this.options = options;
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int i) {
    return labels[i];
  }

  @Override
  public String name(int i) {
    return files.get(i).path();
  }

  @Override
  public int channels() {
    return 3;
  }

  /** How one file is decoded. */
  private interface Decoding {
    Image of(FileTree.Entry file) throws IOException;
  }

  @Override
  public Image image(int i) throws IOException {
    return decoded != null ? decoded.get(i) : readable(i, file -> decode(tree, file, options));
  }

  @Override
  public Image part(int i, Region.Choice choice) throws IOException {
    if (decoded != null) {
      return Dataset.super.part(i, choice);
    }
    return readable(i, file -> ImageDecoder.decode(readWhole(tree, file, options), options.maxPixels(), choice).withChannels(3));
  }

  /** A picture that cannot be decoded is replaced by the next of its class: which one is the same on every run and every thread. */
  private Image readable(int i, Decoding how) throws IOException {
    for (int step = 0; step < labels.length; step++) {
      int j = (int) (((long) i + step) % labels.length);
      if (labels[j] == labels[i] && !broken.contains(j)) {
        try {
          return how.of(files.get(j));
        } catch (IOException e) {
          String message = tree.title() + ": " + name(j) + ": " + reason(e);
          if (options.failOnBroken()) {
            throw new DataException(message + "; remove the file, or let broken files be skipped", e);
          }
          if (broken.add(j)) {
            LOG.warn("{}; the next image of its class takes its place", message);
          }
        }
      }
    }
    throw new DataException(tree.title() + ": no file of the class '" + classes.get(labels[i])
        + "' is a readable image; mend its files or remove its folder");
  }

  /** What is wrong with a file; the messages of the system's own exceptions are often nothing but its name. */
  static String reason(IOException e) {
    return e instanceof DataException ? e.getMessage() : "cannot be read (" + e + ")";
  }

  static Image decode(FileTree tree, FileTree.Entry file, DataOptions options) throws IOException {
    return ImageDecoder.decode(readWhole(tree, file, options), options.maxPixels()).withChannels(3);
  }

  /** The whole file; what the archive says about its length is not believed. */
  static byte[] readWhole(FileTree tree, FileTree.Entry file, DataOptions options) throws IOException {
    int limit = (int) Math.min(options.maxFileBytes(), Integer.MAX_VALUE - 16);
    byte[] bytes = tree.read(file, limit + 1);
    if (bytes.length > limit) {
      throw new DataException("a file of more than " + limit + " bytes, the limit");
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    tree.close();
  }
}
