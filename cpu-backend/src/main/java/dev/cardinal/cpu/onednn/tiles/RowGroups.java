package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;

/**
 * How threads share the rows that a convolution writes, through all samples: in items of several groups of as many neighbouring rows as have taps of their own.
 *
 * @param rows the axis
 * @param backward whether the gradient of the input is written
 * @param period rows of a group
 * @param groups of a sample
 * @param samples in the batch
 * @param items that threads take
 */
record RowGroups(Axis rows, boolean backward, int period, int groups, int samples, int items) {
  private static final int ITEMS_PER_THREAD = 8;
  /** Of the result, in an item. */
  private static final long FEWEST_BYTES = 64 << 10;

  static RowGroups of(DepthwiseShape s, boolean backward, int threads) {
    int period = s.rows().period(backward);
    int groups = (s.rows().written(backward) + period - 1) / period;
    long useful = Math.min((long) s.samples() * groups, s.samples() * s.sample(!backward) / FEWEST_BYTES);
    return new RowGroups(s.rows(), backward, period, groups, s.samples(), (int) Math.max(1, Math.min((long) ITEMS_PER_THREAD * threads, useful)));
  }

  /** The first group of an item, counted through all samples. */
  int first(int item) {
    return (int) ((long) samples * groups * item / items);
  }

  /** The first row of a group, counted through all samples. */
  int row(int group) {
    return group / groups * rows.written(backward) + group % groups * period;
  }

  /** The sums over the result's positions that items may give on the way. */
  MomentParts moments(DepthwiseShape s) {
    long[] firsts = new long[items + 1];
    for (int i = 0; i < firsts.length; i++) {
      firsts[i] = (long) row(first(i)) * s.columns().written(backward);
    }
    return new MomentParts(firsts, s.channels());
  }
}
