package dev.cardinal.cpu.reference;

import java.util.List;

/**
 * Sums of products over contiguous runs of doubles: the arithmetic of the convolution family and of matrix products. Four terms
 * share a pass over the memory, and the loops are plain enough for the compiler to vectorise.
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
      add4(y, at, n, x.get(j), x.get(j + 1), x.get(j + 2), x.get(j + 3), shift, w, first + j);
    }
    for (; j < x.size(); j++) {
      add1(y, at, n, x.get(j), shift, w[first + j]);
    }
  }

  private static void add4(double[] y, int at, int n, Run ra, Run rb, Run rc, Run rd, int shift, double[] w, int first) {
    double[] a = ra.array;
    double[] b = rb.array;
    double[] c = rc.array;
    double[] d = rd.array;
    int ai = ra.from + shift;
    int bi = rb.from + shift;
    int ci = rc.from + shift;
    int di = rd.from + shift;
    double wa = w[first];
    double wb = w[first + 1];
    double wc = w[first + 2];
    double wd = w[first + 3];
    for (int i = 0; i < n; i++) {
      y[at + i] += wa * a[ai + i] + wb * b[bi + i] + wc * c[ci + i] + wd * d[di + i];
    }
  }

  private static void add1(double[] y, int at, int n, Run r, int shift, double w) {
    double[] a = r.array;
    int ai = r.from + shift;
    for (int i = 0; i < n; i++) {
      y[at + i] += w * a[ai + i];
    }
  }

  /** {@code sums[first + j] += Σ_i y[at + i] x_j[shift + i]} for i below n. */
  static void addDots(double[] y, int at, int n, List<Run> x, int shift, double[] sums, int first) {
    int j = 0;
    for (; j + 4 <= x.size(); j += 4) {
      dot4(y, at, n, x.get(j), x.get(j + 1), x.get(j + 2), x.get(j + 3), shift, sums, first + j);
    }
    for (; j < x.size(); j++) {
      sums[first + j] += dot1(y, at, n, x.get(j), shift);
    }
  }

  private static void dot4(double[] y, int at, int n, Run ra, Run rb, Run rc, Run rd, int shift, double[] sums, int first) {
    double[] a = ra.array;
    double[] b = rb.array;
    double[] c = rc.array;
    double[] d = rd.array;
    int ai = ra.from + shift;
    int bi = rb.from + shift;
    int ci = rc.from + shift;
    int di = rd.from + shift;
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

  private static double dot1(double[] y, int at, int n, Run r, int shift) {
    double[] a = r.array;
    int ai = r.from + shift;
    double s = 0;
    for (int i = 0; i < n; i++) {
      s += y[at + i] * a[ai + i];
    }
    return s;
  }
}
