package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.PoolGeometry;
import java.util.Arrays;

/** Kernels that take a row-major feature map plane by plane: a plane is what one channel of one sample has. For the cases that oneDNN does not cover. */
public final class PlaneKernels {
  /**
   * Windows of averaging pooling on each axis, in the input's coordinates.
   *
   * @param in input sizes
   * @param out output sizes
   * @param begin first element of a window, by axis and output
   * @param end element before which a window ends
   * @param divisor what an output's factor of the number of elements is
   */
  public record Windows(int[] in, int[] out, int[][] begin, int[][] end, int[][] divisor) {
    int inSize() {
      return product(in);
    }

    int outSize() {
      return product(out);
    }
  }

  private PlaneKernels() {}

  private static int product(int[] v) {
    int p = 1;
    for (int i : v) {
      p *= i;
    }
    return p;
  }

  /** Pads sizes to three axes in front, so that one loop nest does for any rank. */
  private static int[] three(int[] v, int fill) {
    int[] r = new int[3];
    Arrays.fill(r, fill);
    System.arraycopy(v, 0, r, 3 - v.length, v.length);
    return r;
  }

  /** Windows of ordinary average pooling. */
  public static Windows windows(PoolGeometry g, boolean countPadding, int[] inSizes, int[] outSizes) {
    int[] in = three(inSizes, 1);
    int[] out = three(outSizes, 1);
    int[][] begin = new int[3][];
    int[][] end = new int[3][];
    int[][] divisor = new int[3][];
    for (int a = 0; a < 3; a++) {
      int axis = a - 3 + g.rank();
      begin[a] = new int[out[a]];
      end[a] = new int[out[a]];
      divisor[a] = new int[out[a]];
      for (int o = 0; o < out[a]; o++) {
        int from = axis < 0 ? 0 : o * g.stride().at(axis) - g.padLow().at(axis);
        int to = axis < 0 ? 1 : from + g.kernel().at(axis);
        int padded = axis < 0 ? 1 : Math.min(to, in[a] + g.padHigh().at(axis));
        begin[a][o] = Math.max(from, 0);
        end[a][o] = Math.min(to, in[a]);
        divisor[a][o] = countPadding ? padded - from : end[a][o] - begin[a][o];
      }
    }
    return new Windows(in, out, begin, end, divisor);
  }

  /** Windows of adaptive average pooling. */
  public static Windows adaptiveWindows(int[] inSizes, int[] outSizes) {
    int[] in = three(inSizes, 1);
    int[] out = three(outSizes, 1);
    int[][] begin = new int[3][];
    int[][] end = new int[3][];
    int[][] divisor = new int[3][];
    for (int a = 0; a < 3; a++) {
      begin[a] = new int[out[a]];
      end[a] = new int[out[a]];
      divisor[a] = new int[out[a]];
      for (int o = 0; o < out[a]; o++) {
        begin[a][o] = (int) ((long) o * in[a] / out[a]);
        end[a][o] = (int) (((o + 1L) * in[a] + out[a] - 1) / out[a]);
        divisor[a][o] = end[a][o] - begin[a][o];
      }
    }
    return new Windows(in, out, begin, end, divisor);
  }

  /** Means over windows. */
  public static Runnable average(Workers workers, Windows w, long planes, Floats x, Floats y) {
    float[][] in = new float[workers.threads()][w.inSize()];
    float[][] out = new float[workers.threads()][w.outSize()];
    return () -> forPlanes(workers, planes, (p, worker) -> {
      x.get(p * w.inSize(), in[worker], 0, w.inSize());
      averagePlane(w, in[worker], out[worker], false);
      y.put(p * w.outSize(), out[worker], 0, w.outSize());
    });
  }

  /** Spreads gradients over windows. */
  public static Runnable averageBackward(Workers workers, Windows w, long planes, Floats dy, Floats dx) {
    float[][] in = new float[workers.threads()][w.inSize()];
    float[][] out = new float[workers.threads()][w.outSize()];
    return () -> forPlanes(workers, planes, (p, worker) -> {
      dy.get(p * w.outSize(), out[worker], 0, w.outSize());
      Arrays.fill(in[worker], 0);
      averagePlane(w, in[worker], out[worker], true);
      dx.put(p * w.inSize(), in[worker], 0, w.inSize());
    });
  }

  private static void averagePlane(Windows w, float[] in, float[] out, boolean backward) {
    int at = 0;
    for (int d = 0; d < w.out[0]; d++) {
      for (int h = 0; h < w.out[1]; h++) {
        for (int v = 0; v < w.out[2]; v++) {
          float count = (float) w.divisor[0][d] * w.divisor[1][h] * w.divisor[2][v];
          double sum = 0;
          float share = out[at] / count;
          for (int i = w.begin[0][d]; i < w.end[0][d]; i++) {
            for (int j = w.begin[1][h]; j < w.end[1][h]; j++) {
              int row = (i * w.in[1] + j) * w.in[2];
              for (int k = w.begin[2][v]; k < w.end[2][v]; k++) {
                if (backward) {
                  in[row + k] += share;
                } else {
                  sum += in[row + k];
                }
              }
            }
          }
          if (!backward) {
            out[at] = (float) (sum / count);
          }
          at++;
        }
      }
    }
  }

  /** Maxima over windows with their indices: the first of equals, and NaN over any number. */
  public static Runnable max(Workers workers, PoolGeometry g, long planes, Floats x, int[] inSizes, Floats y, Ints indices, int[] outSizes) {
    int[] in = three(inSizes, 1);
    int[] out = three(outSizes, 1);
    int[] kernel = three(g.kernel().toArray(), 1);
    int[] stride = three(g.stride().toArray(), 1);
    int[] pad = three(g.padLow().toArray(), 0);
    int[] dilation = three(g.dilation().toArray(), 1);
    int n = product(in);
    int m = product(out);
    float[][] source = new float[workers.threads()][n];
    float[][] best = new float[workers.threads()][m];
    int[][] where = new int[workers.threads()][m];
    return () -> forPlanes(workers, planes, (p, worker) -> {
      float[] s = source[worker];
      x.get(p * n, s, 0, n);
      int at = 0;
      for (int d = 0; d < out[0]; d++) {
        for (int h = 0; h < out[1]; h++) {
          for (int v = 0; v < out[2]; v++) {
            int index = -1;
            for (int i = 0; i < kernel[0]; i++) {
              int a = d * stride[0] - pad[0] + i * dilation[0];
              for (int j = 0; j < kernel[1]; j++) {
                int b = h * stride[1] - pad[1] + j * dilation[1];
                for (int k = 0; k < kernel[2]; k++) {
                  int c = v * stride[2] - pad[2] + k * dilation[2];
                  if (a < 0 || a >= in[0] || b < 0 || b >= in[1] || c < 0 || c >= in[2]) {
                    continue;
                  }
                  int q = (a * in[1] + b) * in[2] + c;
                  if (index < 0 || s[q] > s[index] || Float.isNaN(s[q]) && !Float.isNaN(s[index])) {
                    index = q;
                  }
                }
              }
            }
            where[worker][at] = Math.max(index, 0);
            best[worker][at] = index < 0 ? Float.NEGATIVE_INFINITY : s[index];
            at++;
          }
        }
      }
      y.put(p * m, best[worker], 0, m);
      indices.put(p * m, where[worker], 0, m);
    });
  }

  /** Puts (or adds) each element to the place its index names, zeros elsewhere. */
  public static Runnable scatter(Workers workers, long planes, Floats x, Ints indices, int m, Floats y, int n, boolean add) {
    float[][] source = new float[workers.threads()][m];
    int[][] where = new int[workers.threads()][m];
    float[][] target = new float[workers.threads()][n];
    return () -> forPlanes(workers, planes, (p, worker) -> {
      float[] t = target[worker];
      x.get(p * m, source[worker], 0, m);
      indices.get(p * m, where[worker], 0, m);
      Arrays.fill(t, 0);
      for (int i = 0; i < m; i++) {
        int q = where[worker][i];
        t[q] = add ? t[q] + source[worker][i] : source[worker][i];
      }
      y.put(p * n, t, 0, n);
    });
  }

  /** Reads each element from the place its index names. */
  public static Runnable gather(Workers workers, long planes, Floats dy, int n, Ints indices, Floats dx, int m) {
    float[][] source = new float[workers.threads()][n];
    int[][] where = new int[workers.threads()][m];
    float[][] target = new float[workers.threads()][m];
    return () -> forPlanes(workers, planes, (p, worker) -> {
      dy.get(p * n, source[worker], 0, n);
      indices.get(p * m, where[worker], 0, m);
      for (int i = 0; i < m; i++) {
        target[worker][i] = source[worker][where[worker][i]];
      }
      dx.put(p * m, target[worker], 0, m);
    });
  }

  /** Handles one plane. */
  @FunctionalInterface
  public interface PlaneBody {
    void plane(long plane, int worker);
  }

  /** Divides planes among the workers. */
  public static void forPlanes(Workers workers, long planes, PlaneBody body) {
    int tasks = (int) Math.min(planes, workers.threads() * 4L);
    workers.run(tasks, (task, worker) -> {
      long last = planes * (task + 1) / tasks;
      for (long p = planes * task / tasks; p < last; p++) {
        body.plane(p, worker);
      }
    });
  }
}
