package dev.cardinal.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures as PNG bytes, and the few things that are done to them on the way. */
final class Png {
  private Png() {}

  /** Encodes a picture in memory, without the temporary files that {@link ImageIO} uses by default. */
  static byte[] encode(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IllegalArgumentException("no PNG encoder takes a picture of type " + image);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The largest size with the aspect of {@code image} that fits a square of the given side, at least 1 × 1. */
  static int[] fit(BufferedImage image, int side) {
    double scale = (double) side / Math.max(image.getWidth(), image.getHeight());
    return new int[] {Math.max(1, (int) Math.round(image.getWidth() * scale)), Math.max(1, (int) Math.round(image.getHeight() * scale))};
  }

  /** A copy that fits a square of the given side: whole pixels stay sharp when a small picture grows, a large one is smoothed. */
  static BufferedImage scaled(BufferedImage image, int side) {
    BufferedImage source = image;
    // Bilinear filtering looks at four pixels only, so a large picture is halved until the last step is small.
    while (Math.max(source.getWidth(), source.getHeight()) >= 2 * side) {
      source = drawn(source, Math.max(1, source.getWidth() / 2), Math.max(1, source.getHeight() / 2));
    }
    int[] size = fit(source, side);
    return drawn(source, size[0], size[1]);
  }

  private static BufferedImage drawn(BufferedImage source, int width, int height) {
    BufferedImage target = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = target.createGraphics();
    boolean grows = width > source.getWidth();
    g.setRenderingHint(RenderingHints.KEY_INTERPOLATION,
        grows ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR : RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    g.drawImage(source, 0, 0, width, height, null);
    g.dispose();
    return target;
  }
}
