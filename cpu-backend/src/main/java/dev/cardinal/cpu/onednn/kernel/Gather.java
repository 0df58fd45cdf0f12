package dev.cardinal.cpu.onednn.kernel;

import java.util.Arrays;

/**
 * Fills a box of a result, each element read from a place that is found axis by axis, or set to a constant. Moves 32-bit words, so it serves floats and ints; wider elements have their words as a last
 * axis.
 *
 * @param dims sizes of the box, the slowest axis first
 * @param targetBase where the box begins in the result, in words
 * @param targetStrides how far the result moves along each axis
 * @param sources the source's index for each index of each axis; -1 for the constant
 * @param sourceStrides how far the source moves along each axis
 * @param constant as a word
 */
public record Gather(long[] dims, long targetBase, long[] targetStrides, int[][] sources, long[] sourceStrides, int constant) {
  private static final int MAX_RUN = 1 << 14;

  /** The indices of an axis that is read in order. */
  public static int[] identity(int n) {
    int[] v = new int[n];
    Arrays.setAll(v, i -> i);
    return v;
  }

  /** The loop over given memory. */
  public Runnable bind(Workers workers, Ints x, Ints y) {
    int inner = dims.length - 1;
    int row = (int) dims[inner];
    long rows = row == 0 ? 0 : 1;
    for (int i = 0; i < inner; i++) {
      rows *= dims[i];
    }
    long count = rows;
    int tasks = (int) Math.min(Math.min(Math.max(1, count * row / 8192), Math.max(1, count)), workers.threads() * 4L);
    boolean contiguous = targetStrides[inner] == 1 && sourceStrides[inner] == 1 && row > 0 && inOrder(sources[inner]);
    int[][] scratch = new int[workers.threads()][Math.min(Math.max(1, row), MAX_RUN)];
    return () -> workers.run(tasks, (task, worker) -> {
      long last = count * (task + 1) / tasks;
      for (long r = count * task / tasks; r < last; r++) {
        row(r, row, contiguous, x, y, scratch[worker]);
      }
    });
  }

  private static boolean inOrder(int[] source) {
    for (int i = 0; i < source.length; i++) {
      if (source[0] < 0 || source[i] != source[0] + i) {
        return false;
      }
    }
    return true;
  }

  private void row(long r, int n, boolean contiguous, Ints x, Ints y, int[] run) {
    int inner = dims.length - 1;
    long from = 0;
    long to = targetBase;
    boolean outside = false;
    long left = r;
    for (int i = inner - 1; i >= 0; i--) {
      int at = (int) (left % dims[i]);
      left /= dims[i];
      int s = sources[i][at];
      outside |= s < 0;
      from += s * sourceStrides[i];
      to += at * targetStrides[i];
    }
    int[] source = sources[inner];
    long sourceStep = sourceStrides[inner];
    long targetStep = targetStrides[inner];
    if (targetStep == 1) {
      for (int at = 0; at < n; at += run.length) {
        int m = Math.min(run.length, n - at);
        if (outside) {
          Arrays.fill(run, 0, m, constant);
        } else if (contiguous) {
          x.get(from + source[at], run, 0, m);
        } else {
          for (int j = 0; j < m; j++) {
            int s = source[at + j];
            run[j] = s < 0 ? constant : x.get(from + s * sourceStep);
          }
        }
        y.put(to + at, run, 0, m);
      }
      return;
    }
    for (int j = 0; j < n; j++) {
      y.put(to + j * targetStep, outside || source[j] < 0 ? constant : x.get(from + source[j] * sourceStep));
    }
  }
}
