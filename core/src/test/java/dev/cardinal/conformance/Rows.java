package dev.cardinal.conformance;

import java.util.Arrays;

/** The convolution's index arithmetic as runs: for every kernel tap and every row of the output, which stretch of a row of the input it meets. */
final class Rows {
  /** Takes one run: first element in the input's and in the output's plane, tap, number of output elements, and the input's step between them. */
  @FunctionalInterface
  interface Visitor {
    void run(int x, int y, int tap, int count, int step);
  }

  private final int[] in;
  private final int[] out;
  private final int[] kernel;
  private final int[] stride;
  private final int[] dilation;
  private final int[] pad;

  Rows(ConvShape s) {
    in = three(s.in(), 1);
    out = three(s.out(), 1);
    kernel = three(s.kernel(), 1);
    stride = three(s.stride(), 1);
    dilation = three(s.dilation(), 1);
    pad = three(s.padLow(), 0);
  }

  /** Every shape as one of three axes. */
  private static int[] three(long[] v, int fill) {
    int[] r = new int[3];
    Arrays.fill(r, fill);
    for (int i = 0; i < v.length; i++) {
      r[3 - v.length + i] = (int) v[i];
    }
    return r;
  }

  void visit(Visitor visitor) {
    for (int tap = 0; tap < kernel[0] * kernel[1] * kernel[2]; tap++) {
      int shiftD = tap / (kernel[1] * kernel[2]) * dilation[0] - pad[0];
      int shiftH = tap / kernel[2] % kernel[1] * dilation[1] - pad[1];
      int shiftW = tap % kernel[2] * dilation[2] - pad[2];
      // Outputs from the first to before the last whose input lies inside the row.
      int first = shiftW >= 0 ? 0 : (-shiftW + stride[2] - 1) / stride[2];
      int last = Math.min(out[2], Math.floorDiv(in[2] - 1 - shiftW, stride[2]) + 1);
      for (int row = 0; row < out[0] * out[1] && first < last; row++) {
        int d = row / out[1] * stride[0] + shiftD;
        int h = row % out[1] * stride[1] + shiftH;
        if (d >= 0 && d < in[0] && h >= 0 && h < in[1]) {
          visitor.run((d * in[1] + h) * in[2] + first * stride[2] + shiftW, row * out[2] + first, tap, last - first, stride[2]);
        }
      }
    }
  }

  static void addScaled(long[] to, int at, float[] from, int start, int step, int count, long factor) {
    if (step == 1) {
      for (int i = 0; i < count; i++) {
        to[at + i] += factor * (int) from[start + i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        to[at + i] += factor * (int) from[start + i * step];
      }
    }
  }

  static void scatterScaled(long[] to, int at, int step, float[] from, int start, int count, long factor) {
    if (step == 1) {
      for (int i = 0; i < count; i++) {
        to[at + i] += factor * (int) from[start + i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        to[at + i * step] += factor * (int) from[start + i];
      }
    }
  }

  static long dot(long[] a, int at, float[] from, int start, int step, int count) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += a[at + i] * (int) from[start + i * step];
    }
    return sum;
  }
}
