package dev.cardinal.data;

import dev.cardinal.data.image.ImageDecoder;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.data.source.CifarBinary;
import dev.cardinal.data.source.IdxFiles;
import dev.cardinal.data.source.ImageFolders;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Opens data sets by a short text, and single pictures. */
public final class Datasets {
  private static final String KNOWN = "shapes, a folder, a .zip, .tar or .tar.gz file, cifar10:DIR, cifar100:DIR or mnist:DIR";

  private Datasets() {}

  /**
   * Opens a data set.
   *
   * <ul>
   *   <li>{@code shapes}: small generated pictures, see {@link ShapesDataset};
   *   <li>a folder, or a {@code .zip}, {@code .tar} or {@code .tar.gz} file that holds one: {@code <split>/<class>/picture} with the splits
   *       {@code train} and {@code test}, {@code val}, {@code valid} or {@code validation}; or {@code <class>/picture}, of which a tenth of each
   *       class is held out; all may lie in one more folder. Classes are sorted by name;
   *   <li>{@code cifar10:DIR}, {@code cifar100:DIR}: the binary version of CIFAR;
   *   <li>{@code mnist:DIR}: four IDX files, plain or gzipped, of MNIST or Fashion-MNIST.
   * </ul>
   *
   * @throws DataException if there is no such data, or it cannot be used; the message is one sentence
   * @throws IOException if reading fails
   */
  public static DataSplits open(String spec, DataOptions options) throws IOException {
    if (spec.equals("shapes")) {
      return DataSplits.of("shapes", ShapesDataset.train(), ShapesDataset.test(), List.of());
    }
    int colon = spec.indexOf(':');
    if (colon > 0) {
      Path folder = path(spec.substring(colon + 1), spec);
      switch (spec.substring(0, colon)) {
        case "cifar10" -> {
          return CifarBinary.cifar10(folder);
        }
        case "cifar100" -> {
          return CifarBinary.cifar100(folder);
        }
        case "mnist" -> {
          return IdxFiles.mnist(folder, options);
        }
        default -> {
          // A path may contain a colon.
        }
      }
    }
    Path path = path(spec, spec);
    if (Files.isDirectory(path)) {
      return folder(path, options);
    }
    if (!Files.exists(path)) {
      throw new DataException("the data '" + spec + "' does not exist; name " + KNOWN);
    }
    return archive(path, options);
  }

  /** Decodes one picture file, as it is (1 channel if it is grey). */
  public static Image image(Path file, DataOptions options) throws IOException {
    if (!Files.exists(file)) {
      throw new DataException("the image " + file + " does not exist");
    }
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + " is no file; name a picture");
    }
    if (Files.size(file) > Math.min(options.maxFileBytes(), Integer.MAX_VALUE - 16)) {
      throw new DataException(file + " has " + Files.size(file) + " bytes, over the limit of " + options.maxFileBytes());
    }
    try {
      return ImageDecoder.decode(Files.readAllBytes(file), options.maxPixels());
    } catch (DataException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  private static Path path(String text, String spec) throws DataException {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new DataException("the data '" + spec + "' is no valid path; name " + KNOWN, e);
    }
  }

  private static DataSplits folder(Path path, DataOptions options) throws IOException {
    if (Files.exists(path.resolve("data_batch_1.bin")) || Files.exists(path.resolve("cifar-10-batches-bin"))) {
      throw new DataException(path + " holds CIFAR-10's binary files, no image folders; name it as cifar10:" + path);
    }
    if (Files.exists(path.resolve("fine_label_names.txt")) || Files.exists(path.resolve("cifar-100-binary"))) {
      throw new DataException(path + " holds CIFAR-100's binary files, no image folders; name it as cifar100:" + path);
    }
    if (Files.exists(path.resolve("train-images-idx3-ubyte")) || Files.exists(path.resolve("train-images-idx3-ubyte.gz"))) {
      throw new DataException(path + " holds IDX files, no image folders; name it as mnist:" + path);
    }
    return ImageFolders.directory(path, options);
  }

  /** Recognises an archive by its first bytes. */
  private static DataSplits archive(Path path, DataOptions options) throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(path)) {
      head = in.readNBytes(512);
    }
    boolean zip = head.length >= 4 && head[0] == 'P' && head[1] == 'K';
    boolean gzip = head.length >= 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b;
    boolean tar = head.length == 512 && new String(head, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
    if (zip) {
      return ImageFolders.zip(path, options);
    }
    if (gzip || tar || path.toString().endsWith(".tar")) {
      return ImageFolders.tar(path, options);
    }
    throw new DataException(path + " is no zip, tar or tar.gz archive; name " + KNOWN);
  }
}
