package dev.cardinal.cpu.onednn.kernel;

import java.util.Arrays;
import java.util.List;

/** Per-channel scaling, shifting and summing over feature maps stored channels last. */
public final class BatchNormKernels {
  private BatchNormKernels() {}

  private static final int SAMPLES = 8;

  /**
   * The mean and the biased variance of every channel. Both sums are taken in one pass, of differences from a value that is close to the mean (the mean of a few positions), so that nothing cancels.
   */
  public static Runnable statistics(Workers workers, long rows, int channels, Floats x, Floats mean, Floats variance) {
    ChannelTiles tiles = new ChannelTiles(workers, rows, channels, 1);
    ChannelSums sums = new ChannelSums(tiles, channels, 2);
    float[] row = new float[channels];
    float[] near = new float[channels];
    float[] repeated = new float[tiles.tile()];
    return () -> {
      Arrays.fill(near, 0);
      for (int i = 0; i < SAMPLES; i++) {
        x.get(rows * i / SAMPLES * channels, row, 0, channels);
        for (int c = 0; c < channels; c++) {
          near[c] += row[c] / SAMPLES;
        }
      }
      tiles.repeat(near, repeated);
      double[][] s = sums.run((from, n, t, wide) -> {
        x.get(from, t[0], 0, n);
        moments(t[0], repeated, wide[0], wide[1], n);
      });
      for (int c = 0; c < channels; c++) {
        double difference = s[0][c] / rows;
        mean.put(c, (float) (near[c] + difference));
        variance.put(c, (float) Math.max(0, s[1][c] / rows - difference * difference));
      }
    };
  }

  private static void moments(float[] x, float[] near, float[] sum, float[] squares, int n) {
    for (int j = 0; j < n; j++) {
      float d = x[j] - near[j];
      sum[j] += d;
      squares[j] += d * d;
    }
  }

  /** gamma / sqrt(variance + epsilon). */
  public static Runnable scale(int channels, Floats gamma, Floats variance, double epsilon, Floats scale) {
    return () -> {
      for (int c = 0; c < channels; c++) {
        scale.put(c, (float) (gamma.get(c) / Math.sqrt(variance.get(c) + epsilon)));
      }
    };
  }

  /** scale = gamma / sqrt(variance + epsilon) and shift = beta - mean scale, from (gamma, beta, mean, variance). */
  public static Runnable fold(int channels, List<Floats> given, double epsilon, Floats scale, Floats shift) {
    return () -> {
      for (int c = 0; c < channels; c++) {
        double factor = given.get(0).get(c) / Math.sqrt(given.get(3).get(c) + epsilon);
        scale.put(c, (float) factor);
        shift.put(c, (float) (given.get(1).get(c) - given.get(2).get(c) * factor));
      }
    };
  }

  /**
   * dgamma = Σ dy x̂, dbeta = Σ dy and dx = gamma / sqrt(variance + epsilon) (dy - dbeta / rows - x̂ dgamma / rows) (Ioffe and Szegedy, "Batch Normalization", 2015, section 3).
   *
   * @param given gamma, mean and 1 / sqrt(variance + epsilon)
   */
  public static Runnable backward(Workers workers, long rows, int channels, Floats dy, Floats x, List<Floats> given, Floats dx, Floats dgamma, Floats dbeta) {
    ChannelTiles tiles = new ChannelTiles(workers, rows, channels, 2);
    ChannelSums sums = new ChannelSums(tiles, channels, 2);
    float[] values = new float[channels];
    float[] mean = new float[tiles.tile()];
    float[] slope = new float[tiles.tile()];
    float[] offset = new float[tiles.tile()];
    float[] scale = new float[tiles.tile()];
    return () -> {
      given.get(1).get(0, values, 0, channels);
      tiles.repeat(values, mean);
      double[][] s = sums.run((from, n, t, wide) -> {
        dy.get(from, t[0], 0, n);
        x.get(from, t[1], 0, n);
        accumulate(t[0], t[1], mean, wide[0], wide[1], n);
      });
      for (int c = 0; c < channels; c++) {
        double inverse = given.get(2).get(c);
        dbeta.put(c, (float) s[0][c]);
        dgamma.put(c, (float) (s[1][c] * inverse));
        values[c] = (float) (-inverse * inverse * s[1][c] / rows);
      }
      tiles.repeat(values, slope);
      for (int c = 0; c < channels; c++) {
        values[c] = (float) (-s[0][c] / rows);
      }
      tiles.repeat(values, offset);
      for (int c = 0; c < channels; c++) {
        values[c] = given.get(0).get(c) * given.get(2).get(c);
      }
      tiles.repeat(values, scale);
      tiles.run((from, n, t, task) -> {
        dy.get(from, t[0], 0, n);
        x.get(from, t[1], 0, n);
        combine(t[0], t[1], mean, slope, offset, scale, n);
        dx.put(from, t[0], 0, n);
      });
    };
  }

  private static void combine(float[] dy, float[] x, float[] mean, float[] slope, float[] offset, float[] scale, int n) {
    for (int j = 0; j < n; j++) {
      dy[j] = (dy[j] + (x[j] - mean[j]) * slope[j] + offset[j]) * scale[j];
    }
  }

  /** dx = dy a; dgamma = Σ dy x̂; dbeta = Σ dy, from (gamma, mean, variance). */
  public static Runnable inferenceBackward(Workers workers, int channels, Floats dy, Floats x, List<Floats> coefficients, Floats dx, Floats dgamma, Floats dbeta, long size,
      double epsilon) {
    ChannelTiles tiles = new ChannelTiles(workers, size / channels, channels, 2);
    ChannelSums sums = new ChannelSums(tiles, channels, 2);
    float[] scale = new float[tiles.tile()];
    float[] mean = new float[tiles.tile()];
    float[] a = new float[channels];
    float[] m = new float[channels];
    double[] inverse = new double[channels];
    return () -> {
      for (int c = 0; c < channels; c++) {
        inverse[c] = 1 / Math.sqrt(coefficients.get(2).get(c) + epsilon);
        a[c] = (float) (coefficients.get(0).get(c) * inverse[c]);
        m[c] = coefficients.get(1).get(c);
      }
      tiles.repeat(a, scale);
      tiles.repeat(m, mean);
      double[][] totals = sums.run((from, n, s, wide) -> {
        dy.get(from, s[0], 0, n);
        x.get(from, s[1], 0, n);
        accumulate(s[0], s[1], mean, wide[0], wide[1], n);
        multiply(s[0], scale, n);
        dx.put(from, s[0], 0, n);
      });
      for (int c = 0; c < channels; c++) {
        dbeta.put(c, (float) totals[0][c]);
        dgamma.put(c, (float) (totals[1][c] * inverse[c]));
      }
    };
  }

  private static void accumulate(float[] dy, float[] x, float[] mean, float[] sums, float[] products, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += dy[j];
      products[j] += dy[j] * (x[j] - mean[j]);
    }
  }

  private static void multiply(float[] x, float[] a, int n) {
    for (int j = 0; j < n; j++) {
      x[j] *= a[j];
    }
  }

  /** y += bias of the channel, a channel's elements lying in runs of {@code run}. */
  public static Runnable addBias(Workers workers, int channels, long run, Floats y, Floats bias, long size) {
    if (run == 1) {
      ChannelTiles tiles = new ChannelTiles(workers, size / channels, channels, 1);
      float[] b = new float[channels];
      float[] repeated = new float[tiles.tile()];
      return () -> {
        bias.get(0, b, 0, channels);
        tiles.repeat(b, repeated);
        tiles.run((from, n, s, task) -> {
          y.get(from, s[0], 0, n);
          add(s[0], repeated, n);
          y.put(from, s[0], 0, n);
        });
      };
    }
    Flat flat = new Flat(workers, 1);
    return () -> flat.run(size, (from, n, s) -> {
      y.get(from, s[0], 0, n);
      for (int j = 0; j < n; j++) {
        s[0][j] += bias.get((from + j) / run % channels);
      }
      y.put(from, s[0], 0, n);
    });
  }

  private static void add(float[] x, float[] b, int n) {
    for (int j = 0; j < n; j++) {
      x[j] += b[j];
    }
  }
}
