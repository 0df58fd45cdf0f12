package dev.cardinal.cpu.onednn.kernel;

import java.util.Arrays;

/** Sums over axes of a tensor. */
public final class ReduceKernels {
  private static final int MAX_PARTIALS = 1 << 22;

  private ReduceKernels() {}

  /**
   * Sums elements into the results they belong to.
   *
   * @param dims sizes in the order of memory
   * @param targets how far the result moves along each axis; 0 for a reduced axis
   */
  public static Runnable reduce(Workers workers, long[] dims, long[] targets, Floats x, Floats y, int results, double factor) {
    int inner = dims.length - 1;
    long row = dims[inner];
    long rows = 1;
    for (int i = 0; i < inner; i++) {
      rows *= dims[i];
    }
    boolean channels = targets[inner] == 1 && row == results && row > 0;
    if (channels) {
      return channelSums(workers, rows, (int) row, x, y, factor);
    }
    long count = row == 0 ? 0 : rows;
    int most = (int) Math.max(1, Math.min(workers.threads() * 2L, MAX_PARTIALS / Math.max(1, results)));
    int tasks = (int) Math.min(Math.max(1, count * row / 16384), Math.min(most, Math.max(1, count)));
    double[][] sums = new double[tasks][results];
    int width = (int) Math.min(Math.max(1, row), 4096);
    float[][] scratch = new float[workers.threads()][width];
    return () -> {
      workers.run(tasks, (task, worker) -> {
        Arrays.fill(sums[task], 0);
        long last = count * (task + 1) / tasks;
        for (long r = count * task / tasks; r < last; r++) {
          long at = offset(r, dims, targets);
          for (long from = 0; from < row; from += width) {
            int n = (int) Math.min(width, row - from);
            x.get(r * row + from, scratch[worker], 0, n);
            add(scratch[worker], n, sums[task], (int) (at + from * targets[inner]), (int) targets[inner]);
          }
        }
      });
      store(sums, y, results, factor);
    };
  }

  private static void store(double[][] sums, Floats y, int results, double factor) {
    for (int i = 0; i < results; i++) {
      double total = 0;
      for (double[] s : sums) {
        total += s[i];
      }
      y.put(i, (float) (total * factor));
    }
  }

  private static void add(float[] x, int n, double[] sums, int at, int step) {
    if (step == 0) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += x[j];
      }
      sums[at] += sum;
    } else {
      for (int j = 0; j < n; j++) {
        sums[at + j * step] += x[j];
      }
    }
  }

  private static long offset(long row, long[] dims, long[] targets) {
    long at = 0;
    long left = row;
    for (int i = dims.length - 2; i >= 0; i--) {
      at += left % dims[i] * targets[i];
      left /= dims[i];
    }
    return at;
  }

  private static Runnable channelSums(Workers workers, long rows, int channels, Floats x, Floats y, double factor) {
    ChannelTiles tiles = new ChannelTiles(workers, rows, channels, 1);
    ChannelSums sums = new ChannelSums(tiles, channels, 1);
    return () -> store(sums.run((from, n, s, wide) -> {
      x.get(from, s[0], 0, n);
      accumulate(wide[0], s[0], n);
    }), y, channels, factor);
  }

  private static void accumulate(float[] sums, float[] x, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += x[j];
    }
  }
}
