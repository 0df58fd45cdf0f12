package dev.cardinal.data;

/**
 * A decoded picture: {@code height × width} pixels of one (grey) or three (red, green, blue) unsigned bytes, interleaved row by row
 * (HWC): sample {@code c} of pixel {@code (y, x)} is {@code samples()[(y * width + x) * channels + c] & 0xff}.
 *
 * <p>The array is shared, not copied: data sets hand out cached images, so nobody writes into an image received from elsewhere.
 */
public final class Image {
  private final int channels;
  private final int height;
  private final int width;
  private final byte[] samples;

  /**
   * An image over the given samples, not copied.
   *
   * @throws IllegalArgumentException if the number of channels is neither 1 nor 3, a side is not positive, or the array has another length
   */
  public Image(int channels, int height, int width, byte[] samples) {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("an image has 1 or 3 channels, got " + channels);
    }
    if (height < 1 || width < 1 || (long) channels * height * width != samples.length) {
      throw new IllegalArgumentException(
          "an image of " + height + "x" + width + " pixels and " + channels + " channels does not fit an array of " + samples.length + " bytes");
    }
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.samples = samples;
  }

  /** A black image. */
  public static Image blank(int channels, int height, int width) {
    return new Image(channels, height, width, new byte[Math.multiplyExact(Math.multiplyExact(channels, height), width)]);
  }

  /** 1 for grey, 3 for red, green, blue. */
  public int channels() {
    return channels;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** Columns. */
  public int width() {
    return width;
  }

  /** The interleaved samples, shared. */
  public byte[] samples() {
    return samples;
  }

  /** Sample {@code c} of pixel {@code (y, x)}, 0 to 255. */
  public int sample(int y, int x, int c) {
    return samples[(y * width + x) * channels + c] & 0xff;
  }

  /**
   * This picture with 1 or 3 channels: grey is repeated three times; colour becomes its luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601),
   * rounded. The image itself if it has that many channels already.
   */
  public Image withChannels(int wanted) {
    if (wanted == channels) {
      return this;
    }
    byte[] out = new byte[Math.multiplyExact(height * width, wanted)];
    if (wanted == 3) {
      for (int i = 0, o = 0; i < samples.length; i++) {
        out[o++] = samples[i];
        out[o++] = samples[i];
        out[o++] = samples[i];
      }
    } else {
      for (int i = 0, p = 0; p < out.length; i += 3, p++) {
        out[p] = (byte) ((299 * (samples[i] & 0xff) + 587 * (samples[i + 1] & 0xff) + 114 * (samples[i + 2] & 0xff) + 500) / 1000);
      }
    }
    return new Image(wanted, height, width, out);
  }

  @Override
  public String toString() {
    return "Image[" + height + "x" + width + "x" + channels + "]";
  }
}
