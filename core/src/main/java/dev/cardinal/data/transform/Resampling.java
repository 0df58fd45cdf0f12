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
  }

  private Resampling() {}

  static Image resize(Image in, int height, int width) {
    if (in.height() == height && in.width() == width) {
      return in;
    }
    int c = in.channels();
    float[] narrow = columns(in, width);
    Taps taps = Taps.of(in.height(), height);
    int row = width * c;
    byte[] out = new byte[Math.multiplyExact(height, row)];
    float[] sum = new float[row];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sum, 0);
      float[] weights = taps.weights()[y];
      for (int k = 0; k < weights.length; k++) {
        float w = weights[k];
        int at = (taps.first()[y] + k) * row;
        for (int x = 0; x < row; x++) {
          sum[x] += w * narrow[at + x];
        }
      }
      for (int x = 0; x < row; x++) {
        out[y * row + x] = (byte) Math.max(0, Math.min(255, (int) (sum[x] + 0.5f)));
      }
    }
    return new Image(c, height, width, out);
  }

  private static float[] columns(Image in, int width) {
    int c = in.channels();
    Taps taps = Taps.of(in.width(), width);
    byte[] s = in.samples();
    float[] out = new float[Math.multiplyExact(in.height(), width * c)];
    int most = Arrays.stream(taps.weights()).mapToInt(w -> w.length).max().orElse(0);
    float[] row = new float[(in.width() + most) * c];
    // All rows in one array, filled up with zeros to one length, so that the inner loops have fixed bounds.
    float[] weights = new float[width * most];
    for (int x = 0; x < width; x++) {
      System.arraycopy(taps.weights()[x], 0, weights, x * most, taps.weights()[x].length);
    }
    for (int y = 0; y < in.height(); y++) {
      int from = y * in.width() * c;
      for (int i = 0; i < in.width() * c; i++) {
        row[i] = s[from + i] & 0xff;
      }
      if (c == 3) {
        colour(row, taps.first(), weights, most, out, y * width * 3);
      } else {
        grey(row, taps.first(), weights, most, out, y * width);
      }
    }
    return out;
  }

  private static void colour(float[] row, int[] first, float[] weights, int most, float[] out, int at) {
    for (int x = 0, o = at; x < first.length; x++, o += 3) {
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

  private static void grey(float[] row, int[] first, float[] weights, int most, float[] out, int at) {
    for (int x = 0; x < first.length; x++) {
      float sum = 0;
      for (int t = 0; t < most; t++) {
        sum += weights[x * most + t] * row[first[x] + t];
      }
      out[at + x] = sum;
    }
  }
}
