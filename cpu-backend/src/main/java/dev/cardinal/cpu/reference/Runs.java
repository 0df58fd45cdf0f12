package dev.cardinal.cpu.reference;

import java.util.List;

/**
 * Sums of products over contiguous runs of doubles: the arithmetic of the convolution family and of matrix products. Four terms share a pass over the memory, and the loops are plain enough for
 * the compiler to vectorise.
 */
final class Runs {
  /** Length of the pieces that long runs are worked through in, so that what several results share stays in the cache. */
  static final int TILE = 512;
  /** How many results share a piece. */
  static final int BLOCK = 8;

  /** A run: {@code array[from..]}. */
  record Run(double[] array, int from) {}

  private Runs() {}

  /** {@code y[at + i] += Σ_j w[first + j] x_j[shift + i]} for i below n. */
  static void addScaled(double[] y, int at, int n, List<Run> x, int shift, double[] w, int first) {
    int j = 0;
    for (; j + 4 <= x.size(); j += 4) {
      Run a = x.get(j);
      Run b = x.get(j + 1);
      Run c = x.get(j + 2);
      Run d = x.get(j + 3);
      int k = first + j;
      add4(y, at, n, a.array, a.from + shift, w[k], b.array, b.from + shift, w[k + 1], c.array, c.from + shift, w[k + 2], d.array, d.from + shift, w[k + 3]);
    }
    for (; j < x.size(); j++) {
      add1(y, at, n, x.get(j).array, x.get(j).from + shift, w[first + j]);
    }
  }

  private static void add4(double[] y, int at, int n, double[] a, int ai, double wa, double[] b, int bi, double wb, double[] c, int ci, double wc, double[] d, int di, double wd) {
    for (int i = 0; i < n; i++) {
      y[at + i] += wa * a[ai + i] + wb * b[bi + i] + wc * c[ci + i] + wd * d[di + i];
    }
  }

  private static void add1(double[] y, int at, int n, double[] a, int ai, double wa) {
    for (int i = 0; i < n; i++) {
      y[at + i] += wa * a[ai + i];
    }
  }

  /** {@code sums[first + j] += Σ_i y[at + i] x_j[shift + i]} for i below n. */
  static void addDots(double[] y, int at, int n, List<Run> x, int shift, double[] sums, int first) {
    int j = 0;
    for (; j + 4 <= x.size(); j += 4) {
      Run a = x.get(j);
      Run b = x.get(j + 1);
      Run c = x.get(j + 2);
      Run d = x.get(j + 3);
      dot4(y, at, n, a.array, a.from + shift, b.array, b.from + shift, c.array, c.from + shift, d.array, d.from + shift, sums, first + j);
    }
    for (; j < x.size(); j++) {
      sums[first + j] += dot1(y, at, n, x.get(j).array, x.get(j).from + shift);
    }
  }

  private static void dot4(double[] y, int at, int n, double[] a, int ai, double[] b, int bi, double[] c, int ci, double[] d, int di, double[] sums, int first) {
    double sa = 0;
    double sb = 0;
    double sc = 0;
    double sd = 0;
    for (int i = 0; i < n; i++) {
      double v = y[at + i];
      sa += v * a[ai + i];
      sb += v * b[bi + i];
      sc += v * c[ci + i];
      sd += v * d[di + i];
    }
    sums[first] += sa;
    sums[first + 1] += sb;
    sums[first + 2] += sc;
    sums[first + 3] += sd;
  }

  private static double dot1(double[] y, int at, int n, double[] a, int ai) {
    double s = 0;
    for (int i = 0; i < n; i++) {
      s += y[at + i] * a[ai + i];
    }
    return s;
  }
}
