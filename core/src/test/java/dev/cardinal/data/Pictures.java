package dev.cardinal.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Picture files made for tests. */
public final class Pictures {
  private Pictures() {}

  /** A smooth colour picture that depends on {@code seed}; smooth, so that JPEG keeps it nearly. */
  public static Image gradient(int height, int width, int seed) {
    byte[] s = new byte[height * width * 3];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        s[i++] = (byte) (255 * y / Math.max(1, height - 1));
        s[i++] = (byte) (255 * x / Math.max(1, width - 1));
        s[i++] = (byte) (37 * seed);
      }
    }
    return new Image(3, height, width, s);
  }

  /** The picture as a file of an ImageIO format. */
  public static byte[] file(Image image, String format) {
    BufferedImage b = new BufferedImage(image.width(), image.height(),
        image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        if (image.channels() == 1) {
          b.getRaster().setSample(x, y, 0, image.sample(y, x, 0));
        } else {
          b.setRGB(x, y, image.sample(y, x, 0) << 16 | image.sample(y, x, 1) << 8 | image.sample(y, x, 2));
        }
      }
    }
    return file(b, format);
  }

  /** An AWT picture as a file of an ImageIO format. */
  public static byte[] file(BufferedImage image, String format) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A PNG of a few bytes whose header claims the given size. */
  public static byte[] giantPng(int width, int height) {
    byte[] header = ByteBuffer.allocate(17).put("IHDR".getBytes()).putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0}).array();
    CRC32 crc = new CRC32();
    crc.update(header);
    return ByteBuffer.allocate(8 + 4 + 17 + 4 + 12).put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}).putInt(13).put(header)
        .putInt((int) crc.getValue()).putInt(0).put("IDAT".getBytes()).array();
  }

  /** A JPEG file with at least {@code length} bytes of application segments before its frame. */
  public static byte[] withMetadata(byte[] jpeg, int length) {
    int segments = (length + 59_999) / 60_000;
    ByteBuffer out = ByteBuffer.allocate(jpeg.length + segments * 60_004).put(jpeg, 0, 2);
    for (int i = 0; i < segments; i++) {
      out.put(new byte[] {(byte) 0xFF, (byte) 0xE5}).putShort((short) 60_002).put(new byte[60_000]);
    }
    return out.put(jpeg, 2, jpeg.length - 2).array();
  }

  /**
   * A lossless WebP of one colour, written by hand from RFC 9649: no transforms, no colour cache, and five prefix codes of a single symbol
   * each, so that the pixels themselves take no bits.
   */
  public static byte[] solidWebp(int width, int height, int red, int green, int blue) {
    long[] bits = new long[3];
    int at = put(bits, 0, width - 1, 14);
    at = put(bits, at, height - 1, 14);
    at = put(bits, at, 0, 1 + 3 + 1 + 1 + 1);
    for (int symbol : new int[] {green, red, blue, 255, 0}) {
      at = put(bits, at, 1, 1);
      at = put(bits, at, 0, 1);
      at = put(bits, at, 1, 1);
      at = put(bits, at, symbol, 8);
    }
    ByteBuffer out = ByteBuffer.allocate(20 + 1 + 24 + 1).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes()).putInt(out.capacity() - 8).put("WEBPVP8L".getBytes()).putInt(25).put((byte) 0x2F);
    return out.putLong(bits[0]).putLong(bits[1]).putLong(bits[2]).array();
  }

  private static int put(long[] bits, int at, int value, int count) {
    for (int i = 0; i < count; i++, at++) {
      bits[at / 64] |= (long) (value >> i & 1) << at % 64;
    }
    return at;
  }

  /** Largest difference of any sample. */
  public static int distance(Image a, Image b) {
    if (a.channels() != b.channels() || a.height() != b.height() || a.width() != b.width()) {
      throw new AssertionError(a + " and " + b);
    }
    int most = 0;
    for (int i = 0; i < a.samples().length; i++) {
      most = Math.max(most, Math.abs((a.samples()[i] & 0xff) - (b.samples()[i] & 0xff)));
    }
    return most;
  }
}
