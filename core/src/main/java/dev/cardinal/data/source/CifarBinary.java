package dev.cardinal.data.source;

import dev.cardinal.data.ArrayDataset;
import dev.cardinal.data.DataException;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009): records of one
 * label byte (CIFAR-100: coarse, then fine) and 3,072 samples, the red plane of 32×32 first, then green, then blue.
 */
public final class CifarBinary {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  private CifarBinary() {}

  /** CIFAR-10 in a folder, or in {@code cifar-10-batches-bin} below it: {@code data_batch_1.bin} to {@code 5}, {@code test_batch.bin}. */
  public static DataSplits cifar10(Path folder) throws IOException {
    Path root = root(folder, "cifar-10-batches-bin", "data_batch_1");
    List<String> classes = classes(root.resolve("batches.meta.txt"), 10);
    List<Path> train = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      train.add(root.resolve("data_batch_" + i + ".bin"));
    }
    return splits(folder, classes, train, root.resolve("test_batch.bin"), 1);
  }

  /** CIFAR-100 with its fine labels, in a folder or in {@code cifar-100-binary} below it: {@code train.bin}, {@code test.bin}. */
  public static DataSplits cifar100(Path folder) throws IOException {
    Path root = root(folder, "cifar-100-binary", "train");
    List<String> classes = classes(root.resolve("fine_label_names.txt"), 100);
    return splits(folder, classes, List.of(root.resolve("train.bin")), root.resolve("test.bin"), 2);
  }

  private static Path root(Path folder, String below, String first) throws DataException {
    Path root = Files.isDirectory(folder.resolve(below)) ? folder.resolve(below) : folder;
    if (!Files.isDirectory(root)) {
      throw new DataException(folder + " is no folder; name the one that holds " + first + ".bin");
    }
    if (!Files.exists(root.resolve(first + ".bin")) && Files.exists(root.resolve(first))) {
      throw new DataException(root + " holds the Python version of the data set, which is made of pickled objects; fetch the binary version");
    }
    return root;
  }

  private static List<String> classes(Path names, int count) throws IOException {
    List<String> classes = new ArrayList<>();
    if (Files.exists(names)) {
      for (String line : Files.readAllLines(names)) {
        if (!line.isBlank()) {
          classes.add(line.strip());
        }
      }
      if (classes.size() != count) {
        throw new DataException(names + " names " + classes.size() + " classes instead of " + count + "; fetch it again");
      }
      return classes;
    }
    for (int i = 0; i < count; i++) {
      classes.add(Integer.toString(i));
    }
    return classes;
  }

  private static DataSplits splits(Path folder, List<String> classes, List<Path> train, Path test, int labelBytes) throws IOException {
    return DataSplits.of(folder.toString(), read(classes, train, labelBytes, "train/"), read(classes, List.of(test), labelBytes, "test/"),
        List.of());
  }

  private static ArrayDataset read(List<String> classes, List<Path> files, int labelBytes, String prefix) throws IOException {
    int record = labelBytes + 3 * PLANE;
    List<Image> images = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + " is missing; fetch the binary version of the data set and unpack all of it");
      }
      long size = Files.size(file);
      if (size == 0 || size % record != 0 || size > 1L << 30) {
        throw new DataException(file + " has " + size + " bytes, which is no whole number of records of " + record
            + " bytes (or far too many); fetch it again");
      }
      byte[] bytes = Files.readAllBytes(file);
      for (int at = 0; at + record <= bytes.length; at += record) {
        int label = bytes[at + labelBytes - 1] & 0xff;
        if (label >= classes.size()) {
          throw new DataException(file + ": record " + at / record + " has the label " + label + ", but there are " + classes.size()
              + " classes; is this the right data set?");
        }
        labels.add(label);
        images.add(interleaved(bytes, at + labelBytes));
      }
    }
    return new ArrayDataset(prefix, classes, images, labels.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Image interleaved(byte[] planes, int at) {
    byte[] out = new byte[3 * PLANE];
    for (int p = 0, o = 0; p < PLANE; p++) {
      out[o++] = planes[at + p];
      out[o++] = planes[at + PLANE + p];
      out[o++] = planes[at + 2 * PLANE + p];
    }
    return new Image(3, SIDE, SIDE, out);
  }
}
