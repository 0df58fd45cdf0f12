package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Resize;
import java.util.Arrays;

/** Nearest and linear resizing of planes and its gradient. */
public final class ResizeKernels {
  /** Of one axis: the two inputs that an output reads, and the weight of the second. */
  private record Taps(int[] low, int[] high, double[] weight) {}

  private ResizeKernels() {}

  private static Taps[] taps(Resize op, int[] in, int[] out) {
    Taps[] t = new Taps[3];
    for (int a = 0; a < 3; a++) {
      int axis = a - 3 + in.length;
      int n = axis < 0 ? 1 : out[axis];
      t[a] = new Taps(new int[n], new int[n], new double[n]);
      for (int o = 0; o < n && axis >= 0; o++) {
        double p = op.position(o, in[axis], out[axis]);
        t[a].low[o] = Math.min((int) p, in[axis] - 1);
        t[a].high[o] = Math.min(t[a].low[o] + 1, in[axis] - 1);
        t[a].weight[o] = p - t[a].low[o];
      }
    }
    return t;
  }

  private static int size(int[] v) {
    return Arrays.stream(v).reduce(1, (a, b) -> a * b);
  }

  private static int axis(int[] v, int a) {
    int i = a - 3 + v.length;
    return i < 0 ? 1 : v[i];
  }

  /** Reads. */
  public static Runnable forward(Workers workers, Resize op, long planes, int[] in, int[] out, Floats x, Floats y) {
    return run(workers, op, planes, in, out, x, y, false);
  }

  /** Shares out. */
  public static Runnable backward(Workers workers, Resize op, long planes, int[] in, int[] out, Floats dy, Floats dx) {
    return run(workers, op, planes, in, out, dx, dy, true);
  }

  private static Runnable run(Workers workers, Resize op, long planes, int[] in, int[] out, Floats x, Floats y, boolean backward) {
    Taps[] t = taps(op, in, out);
    int n = size(in);
    int m = size(out);
    int height = axis(in, 1);
    int width = axis(in, 2);
    float[][] small = new float[workers.threads()][n];
    float[][] large = new float[workers.threads()][m];
    return () -> PlaneKernels.forPlanes(workers, planes, (p, worker) -> {
      float[] s = small[worker];
      float[] l = large[worker];
      if (backward) {
        y.get(p * m, l, 0, m);
        Arrays.fill(s, 0);
      } else {
        x.get(p * n, s, 0, n);
      }
      int at = 0;
      for (int d = 0; d < t[0].low.length; d++) {
        for (int h = 0; h < t[1].low.length; h++) {
          for (int w = 0; w < t[2].low.length; w++) {
            double sum = 0;
            for (int corner = 0; corner < 8; corner++) {
              double weight = weight(t[0], d, corner >> 2) * weight(t[1], h, corner >> 1 & 1) * weight(t[2], w, corner & 1);
              if (weight == 0) {
                continue;
              }
              int q = (index(t[0], d, corner >> 2) * height + index(t[1], h, corner >> 1 & 1)) * width + index(t[2], w, corner & 1);
              if (backward) {
                s[q] += (float) (weight * l[at]);
              } else {
                sum += weight * s[q];
              }
            }
            if (!backward) {
              l[at] = (float) sum;
            }
            at++;
          }
        }
      }
      if (backward) {
        x.put(p * n, s, 0, n);
      } else {
        y.put(p * m, l, 0, m);
      }
    });
  }

  private static double weight(Taps t, int o, int high) {
    return high == 1 ? t.weight[o] : 1 - t.weight[o];
  }

  private static int index(Taps t, int o, int high) {
    return high == 1 ? t.high[o] : t.low[o];
  }
}
