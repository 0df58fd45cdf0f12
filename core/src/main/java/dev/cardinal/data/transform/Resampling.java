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
    for (int y = 0, o = 0; y < in.height(); y++) {
      int row = y * in.width() * c;
      for (int x = 0; x < width; x++) {
        float[] weights = taps.weights()[x];
        int from = row + taps.first()[x] * c;
        for (int k = 0; k < c; k++, o++) {
          float sum = 0;
          for (int t = 0, i = from + k; t < weights.length; t++, i += c) {
            sum += weights[t] * (s[i] & 0xff);
          }
          out[o] = sum;
        }
      }
    }
    return out;
  }
}
