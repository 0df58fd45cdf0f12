package dev.cardinal.data.image;

import dev.cardinal.data.Image;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * From AWT's many picture layouts to interleaved bytes. Samples are copied, not colour-managed: {@code BufferedImage.getRGB} would brighten
 * grey pictures, whose colour space AWT takes for linear.
 */
final class Pixels {
  private Pixels() {}

  static Image toImage(BufferedImage in) {
    Raster raster = in.getRaster();
    ColorModel model = in.getColorModel();
    int bands = raster.getNumBands();
    if (model instanceof IndexColorModel palette) {
      return fromPalette(raster, palette);
    }
    int space = model.getColorSpace().getType();
    boolean grey = bands <= 2 && space == ColorSpace.TYPE_GRAY;
    boolean colour = (bands == 3 || bands == 4) && space == ColorSpace.TYPE_RGB;
    if (bands == 3 && colour && raster.getSampleModel() instanceof ComponentSampleModel layout && raster.getDataBuffer() instanceof DataBufferByte
        && raster.getSampleModelTranslateX() == 0 && raster.getSampleModelTranslateY() == 0) {
      return fromBytes(raster, layout);
    }
    if (grey || colour) {
      return fromSamples(raster, model, grey ? 1 : 3);
    }
    return fromArgb(in);
  }

  /** An empty picture of red, green and blue bytes in the order of {@link Image}, which {@link #toImage} then need not copy. */
  static BufferedImage interleaved(ColorModel rgb, int height, int width) {
    int row = Math.multiplyExact(width, 3);
    DataBufferByte samples = new DataBufferByte(new byte[Math.multiplyExact(height, row)], height * row);
    return new BufferedImage(rgb, Raster.createInterleavedRaster(samples, width, height, row, 3, new int[] {0, 1, 2}, null), false, null);
  }

  private static Image fromBytes(Raster raster, ComponentSampleModel layout) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    DataBufferByte buffer = (DataBufferByte) raster.getDataBuffer();
    byte[] data = buffer.getData();
    int[] offsets = layout.getBandOffsets();
    int step = layout.getPixelStride();
    if (step == 3 && offsets[0] == 0 && offsets[1] == 1 && offsets[2] == 2 && layout.getScanlineStride() == 3 * width && data.length == 3 * width * height) {
      return new Image(3, height, width, data);
    }
    byte[] out = new byte[Math.multiplyExact(width * height, 3)];
    for (int y = 0, o = 0; y < height; y++) {
      int at = buffer.getOffset() + y * layout.getScanlineStride();
      for (int x = 0; x < width; x++, at += step) {
        out[o++] = data[at + offsets[0]];
        out[o++] = data[at + offsets[1]];
        out[o++] = data[at + offsets[2]];
      }
    }
    return new Image(3, height, width, out);
  }

  private static Image fromSamples(Raster raster, ColorModel model, int channels) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    int[] bits = model.getComponentSize();
    byte[] out = new byte[Math.multiplyExact(width * height, channels)];
    int[] row = new int[width * bands];
    for (int y = 0, o = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int alpha = bands > channels ? eightBits(row[x * bands + channels], bits[channels]) : 255;
        for (int c = 0; c < channels; c++) {
          out[o++] = onWhite(eightBits(row[x * bands + c], bits[c]), alpha);
        }
      }
    }
    return new Image(channels, height, width, out);
  }

  private static int eightBits(int sample, int bits) {
    return bits == 8 ? sample : bits > 8 ? sample >>> bits - 8 : sample * 255 / ((1 << bits) - 1);
  }

  private static byte onWhite(int sample, int alpha) {
    return (byte) (alpha == 255 ? sample : (sample * alpha + 255 * (255 - alpha) + 127) / 255);
  }

  private static Image fromPalette(Raster raster, IndexColorModel palette) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] out = new byte[Math.multiplyExact(width * height, 3)];
    int[] row = new int[width];
    for (int y = 0, o = 0; y < height; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++, o += 3) {
        putArgb(palette.getRGB(row[x]), out, o);
      }
    }
    return new Image(3, height, width, out);
  }

  private static Image fromArgb(BufferedImage in) {
    int width = in.getWidth();
    int height = in.getHeight();
    byte[] out = new byte[Math.multiplyExact(width * height, 3)];
    int[] row = new int[width];
    for (int y = 0, o = 0; y < height; y++) {
      in.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++, o += 3) {
        putArgb(row[x], out, o);
      }
    }
    return new Image(3, height, width, out);
  }

  private static void putArgb(int argb, byte[] out, int at) {
    int alpha = argb >>> 24;
    out[at] = onWhite(argb >> 16 & 0xff, alpha);
    out[at + 1] = onWhite(argb >> 8 & 0xff, alpha);
    out[at + 2] = onWhite(argb & 0xff, alpha);
  }
}
