package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import java.util.Arrays;

/**
 * Separable resampling with the triangular (bilinear) filter: columns first, then rows, in float, rounded once at the end. Output pixel
 * {@code i} lies at {@code (i + ½)·ratio − ½} of the input; the filter's half-width is {@code max(1, ratio)}; weights are normalised where the
 * border cuts them off.
 */
final class Resampling {
  /** For each output position the first input position and the weights from there. */
  private record Taps(int[] first, float[][] weights) {
    static Taps of(int in, int out) {
      double ratio = (double) in / out;
      double reach = Math.max(1, ratio);
      int[] first = new int[out];
      float[][] weights = new float[out][];
      for (int i = 0; i < out; i++) {
        double center = (i + 0.5) * ratio;
        int from = Math.max(0, (int) Math.floor(center - reach + 0.5));
        int to = Math.min(in, (int) Math.floor(center + reach + 0.5));
        double[] w = new double[to - from];
        double sum = 0;
        for (int k = 0; k < w.length; k++) {
          w[k] = Math.max(0, 1 - Math.abs(from + k + 0.5 - center) / reach);
          sum += w[k];
        }
        first[i] = from;
        weights[i] = new float[w.length];
        for (int k = 0; k < w.length; k++) {
          weights[i][k] = (float) (w[k] / sum);
        }
      }
      return new Taps(first, weights);
    }

    /** Most weights of any position. */
    int most() {
      return Arrays.stream(weights).mapToInt(w -> w.length).max().orElse(1);
    }
  }

  private Resampling() {}

  static Image resize(Image in, int height, int width) {
    if (in.height() == height && in.width() == width) {
      return in;
    }
    Columns columns = new Columns(in, width);
    Taps down = Taps.of(in.height(), height);
    int row = width * in.channels();
    // Narrowed rows as long as they are needed: the whole narrowed picture would be written to memory and read again.
    float[][] recent = new float[down.most()][row];
    int made = 0;
    byte[] out = new byte[Math.multiplyExact(height, row)];
    float[] sum = new float[row];
    for (int y = 0; y < height; y++) {
      int first = down.first()[y];
      float[] weights = down.weights()[y];
      for (; made < first + weights.length; made++) {
        columns.narrow(made, recent[made % recent.length]);
      }
      Arrays.fill(sum, 0);
      for (int k = 0; k < weights.length; k++) {
        addScaled(sum, weights[k], recent[(first + k) % recent.length]);
      }
      // Weights are not negative and their sum is 1: the sums are bytes.
      for (int x = 0, o = y * row; x < row; x++) {
        out[o++] = (byte) (int) (sum[x] + 0.5f);
      }
    }
    return new Image(in.channels(), height, width, out);
  }

  private static void addScaled(float[] sum, float weight, float[] row) {
    for (int x = 0; x < sum.length; x++) {
      sum[x] += weight * row[x];
    }
  }

  /** Brings rows to another width. */
  private static final class Columns {
    private final Image in;
    private final int[] first;
    private final int most;
    private final float[] weights;
    private final float[] row;

    Columns(Image in, int width) {
      this.in = in;
      Taps taps = Taps.of(in.width(), width);
      this.first = taps.first();
      this.most = taps.most();
      // Filled up with zeros to one length, so that the inner loops have fixed bounds; they may read a little beyond the row.
      this.weights = new float[width * most];
      for (int x = 0; x < width; x++) {
        System.arraycopy(taps.weights()[x], 0, weights, x * most, taps.weights()[x].length);
      }
      this.row = new float[(in.width() + most) * in.channels()];
    }

    void narrow(int y, float[] out) {
      byte[] s = in.samples();
      int length = in.width() * in.channels();
      for (int i = 0, at = y * length; i < length; i++) {
        row[i] = s[at++] & 0xff;
      }
      if (in.channels() == 1) {
        grey(out);
      } else if (most <= 2) {
        colourOfTwo(out);
      } else if (most <= 4) {
        colourOfFour(out);
      } else {
        colour(out);
      }
    }

    /** Enlarging: each pixel comes from two. */
    private void colourOfTwo(float[] out) {
      for (int x = 0, o = 0; x < first.length; x++, o += 3) {
        int i = first[x] * 3;
        float a = weights[x * most];
        float b = most == 1 ? 0 : weights[x * most + 1];
        out[o] = a * row[i] + b * row[i + 3];
        out[o + 1] = a * row[i + 1] + b * row[i + 4];
        out[o + 2] = a * row[i + 2] + b * row[i + 5];
      }
    }

    /** Shrinking by less than two: from three or four. */
    private void colourOfFour(float[] out) {
      for (int x = 0, o = 0; x < first.length; x++, o += 3) {
        int i = first[x] * 3;
        int w = x * most;
        float a = weights[w];
        float b = weights[w + 1];
        float c = weights[w + 2];
        out[o] = a * row[i] + b * row[i + 3] + c * row[i + 6];
        out[o + 1] = a * row[i + 1] + b * row[i + 4] + c * row[i + 7];
        out[o + 2] = a * row[i + 2] + b * row[i + 5] + c * row[i + 8];
        if (most == 4) {
          float d = weights[w + 3];
          out[o] += d * row[i + 9];
          out[o + 1] += d * row[i + 10];
          out[o + 2] += d * row[i + 11];
        }
      }
    }

    private void colour(float[] out) {
      for (int x = 0, o = 0; x < first.length; x++, o += 3) {
        float red = 0;
        float green = 0;
        float blue = 0;
        for (int t = 0, i = first[x] * 3; t < most; t++, i += 3) {
          float w = weights[x * most + t];
          red += w * row[i];
          green += w * row[i + 1];
          blue += w * row[i + 2];
        }
        out[o] = red;
        out[o + 1] = green;
        out[o + 2] = blue;
      }
    }

    private void grey(float[] out) {
      for (int x = 0; x < first.length; x++) {
        float sum = 0;
        for (int t = 0; t < most; t++) {
          sum += weights[x * most + t] * row[first[x] + t];
        }
        out[x] = sum;
      }
    }
  }
}
