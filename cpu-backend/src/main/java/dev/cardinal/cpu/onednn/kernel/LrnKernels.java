package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Lrn;
import java.util.Arrays;

/**
 * Local response normalisation across channels, over tiles of feature maps stored channels last.
 *
 * <p>Window sums are taken along the whole tile, as vectors, and then once more for the few channels at the ends of each group, whose windows must not reach into the next one.
 */
public final class LrnKernels {
  private static final double THREE_QUARTERS = 0.75;

  private final Workers workers;
  private final Lrn op;
  private final long rows;
  private final int channels;
  private final int perGroup;
  private final float k;
  private final float scale;
  private final int before;
  private final int after;

  private LrnKernels(Workers workers, Lrn op, long rows, int channels) {
    this.workers = workers;
    this.op = op;
    this.rows = rows;
    this.channels = channels;
    this.perGroup = channels / op.groups();
    this.k = (float) op.k();
    this.scale = (float) (op.alpha() / op.size());
    this.before = (op.size() - 1) / 2;
    this.after = op.size() / 2;
  }

  /** y = x s^-beta with s = k + alpha / size Σ x². */
  public static Runnable forward(Workers workers, Lrn op, long rows, int channels, Floats x, Floats y) {
    return rows * channels == 0 ? () -> {} : new LrnKernels(workers, op, rows, channels).forward(x, y);
  }

  private Runnable forward(Floats x, Floats y) {
    ChannelTiles tiles = new ChannelTiles(workers, rows, channels, 3);
    float[][] padded = new float[workers.threads()][tiles.tile() + op.size()];
    return () -> tiles.runOn((from, n, t, worker) -> {
      x.get(from, t[0], 0, n);
      bases(t[0], t[1], padded[worker], n);
      powers(t[1], t[2], n);
      multiply(t[0], t[2], n);
      y.put(from, t[0], 0, n);
    });
  }

  /** dx_i = dy_i s_i^-beta - 2 alpha beta / size x_i Σ_j dy_j x_j s_j^(-beta-1). */
  public static Runnable backward(Workers workers, Lrn op, long rows, int channels, Floats dy, Floats x, Floats dx) {
    return rows * channels == 0 ? () -> {} : new LrnKernels(workers, op, rows, channels).backward(dy, x, dx);
  }

  private Runnable backward(Floats dy, Floats x, Floats dx) {
    ChannelTiles tiles = new ChannelTiles(workers, rows, channels, 4);
    float[][] padded = new float[workers.threads()][tiles.tile() + op.size()];
    float factor = (float) (2 * op.alpha() * op.beta() / op.size());
    return () -> tiles.runOn((from, n, t, worker) -> {
      x.get(from, t[0], 0, n);
      dy.get(from, t[3], 0, n);
      bases(t[0], t[1], padded[worker], n);
      powers(t[1], t[2], n);
      multiply(t[3], t[2], n);
      terms(t[3], t[0], t[1], t[2], n);
      // The window that a channel appears in is the mirror image of its own.
      windows(t[2], t[1], padded[worker], n, after, before);
      combine(t[3], t[0], t[1], factor, n);
      dx.put(from, t[3], 0, n);
    });
  }

  /** s. */
  private void bases(float[] x, float[] s, float[] padded, int n) {
    square(x, s, n);
    windows(s, s, padded, n, before, after);
    for (int j = 0; j < n; j++) {
      s[j] = k + scale * s[j];
    }
  }

  private static void square(float[] x, float[] to, int n) {
    for (int j = 0; j < n; j++) {
      to[j] = x[j] * x[j];
    }
  }

  /** Sums over windows within groups; in and out may be one array. */
  private void windows(float[] in, float[] sums, float[] padded, int n, int low, int high) {
    Arrays.fill(padded, 0, low, 0);
    System.arraycopy(in, 0, padded, low, n);
    Arrays.fill(padded, low + n, low + n + high, 0);
    if (op.size() == 5) {
      five(padded, sums, n);
    } else {
      System.arraycopy(padded, 0, sums, 0, n);
      for (int offset = 1; offset < op.size(); offset++) {
        add(padded, offset, sums, n);
      }
    }
    if (op.groups() == 1 && n == channels) {
      return;
    }
    for (int group = 0; group < n; group += perGroup) {
      for (int c = 0; c < Math.min(low, perGroup); c++) {
        sums[group + c] = within(padded, low + group, c - low, c + high);
      }
      for (int c = Math.max(0, perGroup - high); c < perGroup; c++) {
        sums[group + c] = within(padded, low + group, c - low, c + high);
      }
    }
  }

  private float within(float[] padded, int group, int from, int to) {
    float sum = 0;
    for (int c = Math.max(0, from); c <= Math.min(perGroup - 1, to); c++) {
      sum += padded[group + c];
    }
    return sum;
  }

  private static void five(float[] p, float[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] = p[j] + p[j + 1] + p[j + 2] + p[j + 3] + p[j + 4];
    }
  }

  private static void add(float[] p, int offset, float[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += p[j + offset];
    }
  }

  /** s^-beta, by square roots for the beta of the paper. */
  private void powers(float[] s, float[] to, int n) {
    if (op.beta() == THREE_QUARTERS) {
      threeQuarters(s, to, n);
    } else {
      for (int j = 0; j < n; j++) {
        to[j] = (float) Math.pow(s[j], -op.beta());
      }
    }
  }

  private static void threeQuarters(float[] s, float[] to, int n) {
    for (int j = 0; j < n; j++) {
      float root = (float) Math.sqrt(s[j]);
      to[j] = 1 / (root * (float) Math.sqrt(root));
    }
  }

  private static void multiply(float[] x, float[] by, int n) {
    for (int j = 0; j < n; j++) {
      x[j] *= by[j];
    }
  }

  private static void terms(float[] p, float[] x, float[] s, float[] to, int n) {
    for (int j = 0; j < n; j++) {
      to[j] = p[j] * x[j] / s[j];
    }
  }

  private static void combine(float[] p, float[] x, float[] sums, float factor, int n) {
    for (int j = 0; j < n; j++) {
      p[j] -= factor * x[j] * sums[j];
    }
  }
}
