package dev.cardinal.cpu.onednn.kernel;

import java.util.List;

/** Per-channel scaling, shifting and summing over feature maps stored channels last. */
public final class BatchNormKernels {
  private BatchNormKernels() {}

  /** y = act(x a + b + residual), with a and b computed anew from (gamma, beta, mean, variance) in every run. */
  public static Runnable inference(Workers workers, int channels, Floats x, List<Floats> coefficients, Floats residual, Floats y, long size, double epsilon, boolean relu) {
    ChannelTiles tiles = new ChannelTiles(workers, size / channels, channels, 2);
    float[] scale = new float[tiles.tile()];
    float[] shift = new float[tiles.tile()];
    float[] a = new float[channels];
    float[] b = new float[channels];
    float floor = relu ? 0 : Float.NEGATIVE_INFINITY;
    return () -> {
      for (int c = 0; c < channels; c++) {
        double inverse = 1 / Math.sqrt(coefficients.get(3).get(c) + epsilon);
        a[c] = (float) (coefficients.get(0).get(c) * inverse);
        b[c] = (float) (coefficients.get(1).get(c) - coefficients.get(2).get(c) * (coefficients.get(0).get(c) * inverse));
      }
      tiles.repeat(a, scale);
      tiles.repeat(b, shift);
      tiles.run((from, n, s, task) -> {
        x.get(from, s[0], 0, n);
        if (residual == null) {
          scaleShift(s[0], scale, shift, floor, n);
        } else {
          residual.get(from, s[1], 0, n);
          scaleShiftAdd(s[0], scale, shift, s[1], floor, n);
        }
        y.put(from, s[0], 0, n);
      });
    };
  }

  private static void scaleShift(float[] x, float[] a, float[] b, float floor, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = Math.max(x[j] * a[j] + b[j], floor);
    }
  }

  private static void scaleShiftAdd(float[] x, float[] a, float[] b, float[] r, float floor, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = Math.max(x[j] * a[j] + b[j] + r[j], floor);
    }
  }

  /** dx = dy a; dgamma = Σ dy x̂; dbeta = Σ dy, from (gamma, mean, variance). */
  public static Runnable inferenceBackward(Workers workers, int channels, Floats dy, Floats x, List<Floats> coefficients, Floats dx, Floats dgamma, Floats dbeta, long size,
      double epsilon) {
    ChannelTiles tiles = new ChannelTiles(workers, size / channels, channels, 2);
    float[] scale = new float[tiles.tile()];
    float[] mean = new float[tiles.tile()];
    float[] a = new float[channels];
    float[] m = new float[channels];
    double[] inverse = new double[channels];
    double[][] sums = new double[tiles.tasks()][channels];
    double[][] products = new double[tiles.tasks()][channels];
    return () -> {
      for (int c = 0; c < channels; c++) {
        inverse[c] = 1 / Math.sqrt(coefficients.get(2).get(c) + epsilon);
        a[c] = (float) (coefficients.get(0).get(c) * inverse[c]);
        m[c] = coefficients.get(1).get(c);
      }
      for (int t = 0; t < tiles.tasks(); t++) {
        java.util.Arrays.fill(sums[t], 0);
        java.util.Arrays.fill(products[t], 0);
      }
      tiles.repeat(a, scale);
      tiles.repeat(m, mean);
      tiles.run((from, n, s, task) -> {
        dy.get(from, s[0], 0, n);
        x.get(from, s[1], 0, n);
        for (int at = 0; at < n; at += channels) {
          accumulate(s[0], s[1], mean, at, channels, sums[task], products[task]);
        }
        multiply(s[0], scale, n);
        dx.put(from, s[0], 0, n);
      });
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        double product = 0;
        for (int t = 0; t < tiles.tasks(); t++) {
          sum += sums[t][c];
          product += products[t][c];
        }
        dbeta.put(c, (float) sum);
        dgamma.put(c, (float) (product * inverse[c]));
      }
    };
  }

  private static void accumulate(float[] dy, float[] x, float[] mean, int at, int channels, double[] sums, double[] products) {
    for (int c = 0; c < channels; c++) {
      sums[c] += dy[at + c];
      products[c] += (double) dy[at + c] * (x[at + c] - mean[at + c]);
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
