package dev.cardinal.command;

import dev.cardinal.data.Image;
import dev.cardinal.data.shapes.ShapesDataset;
import dev.cardinal.data.transform.Resize;
import dev.cardinal.random.PhiloxRandom;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * A folder of JPEG files for timing: the generated shapes, enlarged to 500×375 pixels with a grain over them, so that files have about the size of ImageNet's, 110 KB (Deng et al. 2009), on which the
 * time of decoding depends.
 */
final class GeneratedJpegs {
  private static final int PICTURES = 512;
  private static final int WIDTH = 500;
  private static final int HEIGHT = 375;
  private static final float QUALITY = 0.9f;
  private static final double GRAIN = 9;

  private GeneratedJpegs() {}

  /** Writes the pictures into a new temporary folder. */
  static Path temporary() throws IOException {
    Path folder = Files.createTempDirectory("cardinal-jpeg");
    try {
      ShapesDataset shapes = ShapesDataset.train();
      ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
      for (int i = 0; i < PICTURES; i++) {
        Path file = folder.resolve(shapes.classes().get(shapes.label(i))).resolve(i + ".jpg");
        Files.createDirectories(file.getParent());
        write(writer, file, grained(new Resize(HEIGHT, WIDTH).apply(shapes.image(i), null), new PhiloxRandom(1, i)));
      }
      writer.dispose();
      return folder;
    } catch (IOException | RuntimeException e) {
      delete(folder);
      throw e;
    }
  }

  private static BufferedImage grained(Image in, PhiloxRandom random) {
    BufferedImage out = new BufferedImage(in.width(), in.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < in.height(); y++) {
      for (int x = 0; x < in.width(); x++) {
        double grain = GRAIN * random.nextGaussian();
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          rgb = rgb << 8 | Math.max(0, Math.min(255, (int) Math.round(in.sample(y, x, c) + grain)));
        }
        out.setRGB(x, y, rgb);
      }
    }
    return out;
  }

  private static void write(ImageWriter writer, Path file, BufferedImage image) throws IOException {
    ImageWriteParam p = writer.getDefaultWriteParam();
    p.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    p.setCompressionQuality(QUALITY);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), p);
      writer.setOutput(null);
    }
  }

  /** Removes the folder; nothing if it is null. */
  static void delete(Path folder) throws IOException {
    if (folder != null) {
      List<Path> all;
      try (Stream<Path> inside = Files.walk(folder)) {
        all = inside.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path p : all) {
        Files.delete(p);
      }
    }
  }
}
