package dev.cardinal.cpu.onednn.kernel;

import java.util.Arrays;

/**
 * Sums per channel over feature maps stored channels last: in single precision along whole tiles, as vectors, and folded into double precision before rounding can pile up. The same from run to run
 * for the same number of threads.
 */
final class ChannelSums {
  private static final int TILES_BETWEEN_FOLDS = 32;

  /** Adds what belongs to elements {@code [from, from + n)} to sums as wide as a tile. */
  @FunctionalInterface
  interface Body {
    void tile(long from, int n, float[][] scratch, float[][] sums);
  }

  private final ChannelTiles tiles;
  private final float[][][] wide;
  private final double[][][] perTask;
  private final int[] pending;
  private final double[][] totals;

  /** For {@code count} sums per channel at once. */
  ChannelSums(ChannelTiles tiles, int channels, int count) {
    this.tiles = tiles;
    wide = new float[tiles.tasks()][count][tiles.tile()];
    perTask = new double[tiles.tasks()][count][channels];
    pending = new int[tiles.tasks()];
    totals = new double[count][channels];
  }

  /** Sums over all tiles; the results are overwritten by the next run. */
  double[][] run(Body body) {
    for (int t = 0; t < pending.length; t++) {
      clear(wide[t]);
      for (double[] s : perTask[t]) {
        Arrays.fill(s, 0);
      }
      pending[t] = 0;
    }
    tiles.run((from, n, scratch, task) -> {
      body.tile(from, n, scratch, wide[task]);
      if (++pending[task] == TILES_BETWEEN_FOLDS) {
        fold(task);
        clear(wide[task]);
        pending[task] = 0;
      }
    });
    for (int i = 0; i < totals.length; i++) {
      Arrays.fill(totals[i], 0);
    }
    for (int t = 0; t < pending.length; t++) {
      fold(t);
      for (int i = 0; i < totals.length; i++) {
        for (int c = 0; c < totals[i].length; c++) {
          totals[i][c] += perTask[t][i][c];
        }
      }
    }
    return totals;
  }

  private void fold(int task) {
    for (int i = 0; i < totals.length; i++) {
      tiles.fold(wide[task][i], perTask[task][i]);
    }
  }

  private static void clear(float[][] sums) {
    for (float[] s : sums) {
      Arrays.fill(s, 0);
    }
  }
}
