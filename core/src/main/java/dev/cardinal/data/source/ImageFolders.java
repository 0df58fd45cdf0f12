package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.image.ImageDecoder;
import dev.cardinal.data.image.ImageHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens image folders. Every file's header is checked while opening; if the decoded set fits the cache, every file is decoded too, so that
 * what is broken is known, named and left out before training begins, and later epochs decode nothing. A set too large for that decodes as
 * it goes; what then turns out to be broken is replaced by the next readable picture of its class.
 */
public final class ImageFolders {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFolders.class);
  // Most headers lie in the first disk block; cameras put previews and profiles of any length before them.
  private static final int[] HEADER_BYTES = {1 << 12, 1 << 16};
  private static final int NAMED = 1000;
  private static final int LOGGED = 10;
  // An object, an array and their headers, beside the samples themselves.
  private static final int BYTES_PER_CACHED_IMAGE = 64;

  private ImageFolders() {}

  /** Opens a folder on disk. */
  public static DataSplits directory(Path path, DataOptions options) throws IOException {
    return open(new DirectoryTree(path), options);
  }

  /** Opens the folder inside a zip archive. */
  public static DataSplits zip(Path path, DataOptions options) throws IOException {
    return open(new ZipTree(path), options);
  }

  /** Opens the folder inside a tar archive, plain or gzipped. */
  public static DataSplits tar(Path path, DataOptions options) throws IOException {
    return open(new TarTree(path, options), options);
  }

  private static DataSplits open(FileTree tree, DataOptions options) throws IOException {
    try {
      return opened(tree, options);
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private static DataSplits opened(FileTree tree, DataOptions options) throws IOException {
    FolderLayout layout = new FolderLayout(tree);
    List<FolderLayout.Labelled> all = new ArrayList<>(layout.train());
    all.addAll(layout.test());
    String[] problems = new String[all.size()];
    long decodedBytes = checkHeaders(tree, all, options, problems);
    Image[] decoded = null;
    if (decodedBytes <= options.usableCacheBytes()) {
      decoded = decodeAll(tree, all, options, problems);
    } else {
      LOG.info("{}: decoded, the images take {} MiB, more than the cache of {} MiB; they are decoded anew in every epoch", tree.title(),
          decodedBytes >> 20, options.usableCacheBytes() >> 20);
    }
    List<String> warnings = new ArrayList<>(layout.warnings());
    warnings.addAll(report(tree, all, problems, options));
    int trainSize = layout.train().size();
    Dataset train = part(tree, layout, all, problems, decoded, 0, trainSize, options);
    requireEveryClass(tree, train);
    if (decoded != null) {
      tree.close();
    }
    if (layout.test().isEmpty()) {
      return DataSplits.holdOut(tree.title(), train, 0.1, options.seed(), warnings);
    }
    Dataset test = part(tree, layout, all, problems, decoded, trainSize, all.size(), options);
    if (test.size() == 0) {
      throw new DataException(tree.title() + " has no readable test image; the first problem is: " + warnings.get(warnings.size() - 1));
    }
    return DataSplits.of(tree.title(), train, test, warnings);
  }

  /** Records what is wrong with each file and returns the bytes that all others will take decoded. */
  private static long checkHeaders(FileTree tree, List<FolderLayout.Labelled> all, DataOptions options, String[] problems)
      throws IOException {
    long[] bytes = new long[all.size()];
    ParallelRange.run(all.size(), options.threads(), i -> {
      try {
        ImageHeader header = header(tree, all.get(i).file(), options);
        ImageDecoder.checkSize(header, options.maxPixels());
        bytes[i] = header.pixels() * 3 + BYTES_PER_CACHED_IMAGE;
      } catch (IOException e) {
        problems[i] = StoredImages.reason(e);
      }
    });
    long total = 0;
    for (long b : bytes) {
      total += b;
    }
    return total;
  }

  private static ImageHeader header(FileTree tree, FileTree.Entry file, DataOptions options) throws IOException {
    if (file.size() == 0) {
      throw new DataException("an empty file");
    }
    if (file.size() > options.maxFileBytes()) {
      throw new DataException("a file of " + file.size() + " bytes, over the limit of " + options.maxFileBytes());
    }
    for (int length : HEADER_BYTES) {
      byte[] first = tree.read(file, length);
      ImageHeader header = ImageHeader.read(first, first.length);
      if (header != null) {
        return header;
      }
      if (first.length < length) {
        throw new DataException("the file ends within its header");
      }
    }
    byte[] whole = StoredImages.readWhole(tree, file, options);
    ImageHeader header = ImageHeader.read(whole, whole.length);
    if (header == null) {
      throw new DataException("the file ends within its header");
    }
    return header;
  }

  private static Image[] decodeAll(FileTree tree, List<FolderLayout.Labelled> all, DataOptions options, String[] problems)
      throws IOException {
    Image[] decoded = new Image[all.size()];
    ParallelRange.run(all.size(), options.threads(), i -> {
      if (problems[i] == null) {
        try {
          decoded[i] = StoredImages.decode(tree, all.get(i).file(), options);
        } catch (IOException e) {
          problems[i] = StoredImages.reason(e);
        }
      }
    });
    return decoded;
  }

  private static List<String> report(FileTree tree, List<FolderLayout.Labelled> all, String[] problems, DataOptions options)
      throws DataException {
    List<String> named = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < problems.length; i++) {
      if (problems[i] != null && ++count <= NAMED) {
        named.add(all.get(i).file().path() + ": " + problems[i]);
      }
    }
    if (count == 0) {
      return named;
    }
    String first = named.get(0);
    if (options.failOnBroken()) {
      throw new DataException(tree.title() + ": " + count + " of " + all.size() + " files cannot be used, the first is " + first
          + "; remove them, or let broken files be skipped");
    }
    named.add(0, tree.title() + ": skipped " + count + " of " + all.size() + " files that cannot be used");
    for (int i = 0; i < Math.min(named.size(), LOGGED + 1); i++) {
      LOG.warn("{}", named.get(i));
    }
    if (count > LOGGED) {
      LOG.warn("… and {} more", count - LOGGED);
    }
    return named;
  }

  private static StoredImages part(FileTree tree, FolderLayout layout, List<FolderLayout.Labelled> all, String[] problems, Image[] decoded,
      int from, int to, DataOptions options) {
    List<FileTree.Entry> files = new ArrayList<>();
    List<Image> images = decoded == null ? null : new ArrayList<>();
    int[] labels = new int[to - from];
    for (int i = from; i < to; i++) {
      if (problems[i] == null) {
        labels[files.size()] = all.get(i).label();
        files.add(all.get(i).file());
        if (images != null) {
          images.add(decoded[i]);
        }
      }
    }
    return new StoredImages(tree, layout.classes(), files, labels, images, options);
  }

  private static void requireEveryClass(FileTree tree, Dataset train) throws DataException {
    boolean[] seen = new boolean[train.classes().size()];
    for (int i = 0; i < train.size(); i++) {
      seen[train.label(i)] = true;
    }
    for (int c = 0; c < seen.length; c++) {
      if (!seen[c]) {
        throw new DataException(tree.title() + ": no file of the class '" + train.classes().get(c)
            + "' is a readable image; mend its files or remove its folder");
      }
    }
  }
}
