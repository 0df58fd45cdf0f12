package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.Arrays;

/**
 * From bytes to numbers a network likes: {@code (sample / 255 − mean[c]) / std[c]} for each channel {@code c}. Immutable.
 */
public final class Normalize {
  /** ImageNet's channel means and standard deviations, as customary since Torch 7. */
  public static final Normalize IMAGENET = new Normalize(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});
  /** Mean and standard deviation of CIFAR-10's training images. */
  public static final Normalize CIFAR10 = new Normalize(new float[] {0.4914f, 0.4822f, 0.4465f}, new float[] {0.2470f, 0.2435f, 0.2616f});
  /** Mean and standard deviation of MNIST's training images. */
  public static final Normalize MNIST = new Normalize(new float[] {0.1307f}, new float[] {0.3081f});

  private final float[] mean;
  private final float[] std;
  private final float[][] table;

  /**
   * Channel means and standard deviations, on the scale where white is 1.
   *
   * @throws IllegalArgumentException if there are not 1 or 3 of each, or a deviation is not positive
   */
  public Normalize(float[] mean, float[] std) {
    if (mean.length != std.length || mean.length != 1 && mean.length != 3) {
      throw new IllegalArgumentException("normalisation needs 1 or 3 means and as many deviations, got " + mean.length + " and " + std.length);
    }
    this.mean = mean.clone();
    this.std = std.clone();
    this.table = new float[mean.length][256];
    for (int c = 0; c < mean.length; c++) {
      if (!(std[c] > 0)) {
        throw new IllegalArgumentException("the standard deviation of channel " + c + " must be positive, got " + std[c]);
      }
      for (int v = 0; v < 256; v++) {
        table[c][v] = (float) ((v / 255.0 - mean[c]) / std[c]);
      }
    }
  }

  /**
   * The means and deviations of a data set's own pixels, from at most {@code samples} images chosen by {@code seed}. A channel that never
   * varies gets the deviation 1.
   */
  public static Normalize measured(Dataset data, int samples, long seed) throws IOException {
    int[] order = new PhiloxRandom(seed, 0).permutation(data.size());
    double[] sum = new double[data.channels()];
    double[] squares = new double[sum.length];
    long pixels = 0;
    for (int i = 0; i < Math.min(samples, order.length); i++) {
      Image image = data.image(order[i]);
      byte[] s = image.samples();
      for (int k = 0; k < s.length; k++) {
        double v = (s[k] & 0xff) / 255.0;
        sum[k % sum.length] += v;
        squares[k % sum.length] += v * v;
      }
      pixels += (long) image.height() * image.width();
    }
    float[] mean = new float[sum.length];
    float[] std = new float[sum.length];
    for (int c = 0; c < sum.length; c++) {
      double m = sum[c] / pixels;
      double variance = squares[c] / pixels - m * m;
      mean[c] = (float) m;
      std[c] = variance > 1e-8 ? (float) Math.sqrt(variance) : 1f;
    }
    return new Normalize(mean, std);
  }

  /** 1 or 3. */
  public int channels() {
    return mean.length;
  }

  /** A copy of the means. */
  public float[] mean() {
    return mean.clone();
  }

  /** A copy of the standard deviations. */
  public float[] std() {
    return std.clone();
  }

  /** Writes the normalised picture as planes (CHW) to {@code out[at…]}; the picture must have {@link #channels()} channels. */
  public void write(Image image, float[] out, int at) {
    byte[] s = image.samples();
    int plane = image.height() * image.width();
    int channels = mean.length;
    if (image.channels() != channels) {
      throw new IllegalArgumentException("normalisation for " + channels + " channels got an image of " + image.channels());
    }
    for (int c = 0; c < channels; c++) {
      float[] t = table[c];
      for (int p = 0, i = c, o = at + c * plane; p < plane; p++, i += channels) {
        out[o++] = t[s[i] & 0xff];
      }
    }
  }

  /** The picture whose normalised planes lie at {@code in[at…]}: the inverse of {@link #write}, rounded and clamped to bytes. */
  public Image image(float[] in, int at, int height, int width) {
    int plane = height * width;
    int channels = mean.length;
    byte[] s = new byte[plane * channels];
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < plane; p++) {
        float v = (in[at + c * plane + p] * std[c] + mean[c]) * 255;
        s[p * channels + c] = (byte) Math.max(0, Math.min(255, Math.round(v)));
      }
    }
    return new Image(channels, height, width, s);
  }

  /** The byte nearest to each channel's mean: what padding and cut-outs are filled with to become zero. */
  public int[] meanBytes() {
    int[] b = new int[mean.length];
    for (int c = 0; c < b.length; c++) {
      b[c] = Math.max(0, Math.min(255, Math.round(mean[c] * 255)));
    }
    return b;
  }

  @Override
  public String toString() {
    return "Normalize[mean=" + Arrays.toString(mean) + ", std=" + Arrays.toString(std) + "]";
  }
}
