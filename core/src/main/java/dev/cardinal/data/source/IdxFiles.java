package dev.cardinal.data.source;

import dev.cardinal.data.ArrayDataset;
import dev.cardinal.data.DataException;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Image;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * IDX files, the format of MNIST (LeCun, Cortes and Burges) and its relatives: a magic number that says element type and rank, the sizes as
 * big-endian 32-bit integers, then the bytes. Read plain or gzipped, under the names {@code train-images-idx3-ubyte} and
 * {@code train-images.idx3-ubyte} and so on.
 */
public final class IdxFiles {
  private static final int IMAGES = 0x00000803;
  private static final int LABELS = 0x00000801;
  private static final List<String> FASHION = List.of("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
      "Bag", "Ankle boot");

  private IdxFiles() {}

  /**
   * The MNIST family in a folder: {@code train-images}, {@code train-labels}, {@code t10k-images}, {@code t10k-labels}. Classes are called by
   * their numbers, or, in a folder whose name contains {@code fashion}, by Fashion-MNIST's names.
   */
  public static DataSplits mnist(Path folder, DataOptions options) throws IOException {
    List<Image> train = images(file(folder, "train", "images", 3), options);
    List<Image> test = images(file(folder, "t10k", "images", 3), options);
    int[] trainLabels = labels(file(folder, "train", "labels", 1), train.size());
    int[] testLabels = labels(file(folder, "t10k", "labels", 1), test.size());
    int most = 0;
    for (int label : trainLabels) {
      most = Math.max(most, label);
    }
    if (most == 0) {
      throw new DataException(folder + ": all training labels are 0; a classifier needs at least two classes");
    }
    for (int i = 0; i < testLabels.length; i++) {
      if (testLabels[i] > most) {
        throw new DataException(folder + ": test image " + i + " has the label " + testLabels[i] + ", but training labels end at " + most
            + "; are these files of the same data set?");
      }
    }
    List<String> classes = classes(folder, most + 1);
    return DataSplits.of(folder.toString(), new ArrayDataset("train/", classes, train, trainLabels),
        new ArrayDataset("test/", classes, test, testLabels), List.of());
  }

  private static List<String> classes(Path folder, int count) {
    if (count == FASHION.size() && folder.toAbsolutePath().normalize().toString().toLowerCase(Locale.ROOT).contains("fashion")) {
      return FASHION;
    }
    List<String> classes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      classes.add(Integer.toString(i));
    }
    return classes;
  }

  private static Path file(Path folder, String split, String what, int rank) throws DataException {
    for (String separator : List.of("-", ".")) {
      for (String ending : List.of("", ".gz")) {
        Path file = folder.resolve(split + "-" + what + separator + "idx" + rank + "-ubyte" + ending);
        if (Files.isRegularFile(file)) {
          return file;
        }
      }
    }
    throw new DataException(folder + " holds no " + split + "-" + what + "-idx" + rank + "-ubyte (or the same with .gz); name the folder with "
        + "the four files of the data set");
  }

  private static List<Image> images(Path path, DataOptions options) throws IOException {
    try (DataInputStream in = open(path)) {
      requireMagic(path, in, IMAGES);
      int count = in.readInt();
      int height = in.readInt();
      int width = in.readInt();
      if (count < 1 || height < 1 || width < 1) {
        throw new DataException(path + " claims to hold " + count + " images of " + height + "x" + width + "; fetch it again");
      }
      if ((long) height * width > options.maxPixels()) {
        throw new DataException(path + " claims images of " + height + "x" + width + " pixels, over the limit of " + options.maxPixels());
      }
      if ((double) height * width * count > options.maxUnpackedBytes()) {
        throw new DataException(path + " claims to hold " + count + " images of " + height + "x" + width + ", over the limit of "
            + options.maxUnpackedBytes() + " bytes");
      }
      // Memory grows with what is really there, not with what the header claims.
      List<Image> images = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] samples = in.readNBytes(height * width);
        if (samples.length < height * width) {
          throw new DataException(path + " ends after " + i + " of " + count + " images; fetch it again");
        }
        images.add(new Image(1, height, width, samples));
      }
      return images;
    } catch (EOFException e) {
      throw new DataException(path + " ends too early; fetch it again", e);
    }
  }

  private static int[] labels(Path path, int images) throws IOException {
    try (DataInputStream in = open(path)) {
      requireMagic(path, in, LABELS);
      int count = in.readInt();
      if (count != images) {
        throw new DataException(path + " holds " + count + " labels for " + images + " images; are these files of the same data set?");
      }
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new DataException(path + " ends after " + bytes.length + " of " + count + " labels; fetch it again");
      }
      int[] labels = new int[count];
      for (int i = 0; i < count; i++) {
        labels[i] = bytes[i] & 0xff;
      }
      return labels;
    } catch (EOFException e) {
      throw new DataException(path + " ends too early; fetch it again", e);
    }
  }

  private static void requireMagic(Path path, DataInputStream in, int wanted) throws IOException {
    int magic = in.readInt();
    if (magic != wanted) {
      throw new DataException(String.format(Locale.ROOT, "%s begins with %08x instead of %08x, so it is no IDX file of unsigned bytes of rank %d",
          path, magic, wanted, wanted & 0xff));
    }
  }

  private static DataInputStream open(Path path) throws IOException {
    InputStream in = Files.newInputStream(path);
    try {
      if (path.toString().endsWith(".gz")) {
        in = new GZIPInputStream(in, 1 << 16);
      }
      return new DataInputStream(new BufferedInputStream(in, 1 << 16));
    } catch (IOException e) {
      in.close();
      throw new DataException(path + " cannot be unpacked (" + e.getMessage() + "); fetch it again", e);
    }
  }
}
