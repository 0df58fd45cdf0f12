package dev.cardinal.cpu.onednn.tiles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a stride makes of a convolution. Seen from the output, taps that are a multiple of the stride apart read the same rows and columns of the input, so that the input is one map for each remainder, in which there
 * is no stride. Seen from the input, positions with the same remainder get what the same taps give, so that its gradient is an ordinary convolution for each remainder, and these interleave (the sub-pixel convolutions of
 * Shi and others, "Is the deconvolution layer the same as a convolutional layer?", 2016, section 2).
 */
final class TilePhases {
  /**
   * One remainder of positions of the larger map.
   *
   * @param row the first one
   * @param column the first one
   * @param taps that meet these positions
   * @param rows for each tap: of the smaller map, from the number of the larger map's row among these to the one that the tap brings there
   * @param columns the same for columns
   */
  record Phase(int row, int column, int[] taps, int[] rows, int[] columns) {}

  private TilePhases() {}

  /** Remainders of taps in a window, each of them once: the maps that the input divides into. */
  static List<Integer> remainders(TileShape s) {
    List<Integer> found = new ArrayList<>();
    for (int t = 0; t < s.taps(); t++) {
      int remainder = remainder(s, t);
      if (!found.contains(remainder)) {
        found.add(remainder);
      }
    }
    return found;
  }

  static int remainder(TileShape s, int tap) {
    return s.rowOf(tap) % s.down() * s.across() + s.columnOf(tap) % s.across();
  }

  /** All remainders of positions of a convolution's input, also those that no tap meets. */
  static List<Phase> of(TileShape s) {
    List<Phase> phases = new ArrayList<>();
    for (int row = 0; row < s.down(); row++) {
      for (int column = 0; column < s.across(); column++) {
        int y = row + s.top();
        int x = column + s.left();
        int[] taps = IntStream.range(0, s.taps()).filter(t -> (y - s.rowOf(t)) % s.down() == 0 && (x - s.columnOf(t)) % s.across() == 0).toArray();
        phases.add(new Phase(row, column, taps, Arrays.stream(taps).map(t -> (y - s.rowOf(t)) / s.down()).toArray(),
            Arrays.stream(taps).map(t -> (x - s.columnOf(t)) / s.across()).toArray()));
      }
    }
    return phases;
  }

  /** The convolution at stride 1 of the output's gradient whose window holds those of all phases, with as many results as the phase with most of them has. */
  static TileShape interleaved(TileShape s) {
    int rows = (s.height() + s.down() - 1) / s.down();
    int columns = (s.width() + s.across() - 1) / s.across();
    int top = 0;
    int left = 0;
    int below = Math.max(0, s.outHeight() - rows);
    int beside = Math.max(0, s.outWidth() - columns);
    for (Phase p : of(s)) {
      for (int i = 0; i < p.taps.length; i++) {
        top = Math.max(top, -p.rows[i]);
        left = Math.max(left, -p.columns[i]);
        below = Math.max(below, p.rows[i]);
        beside = Math.max(beside, p.columns[i]);
      }
    }
    return new TileShape(s.samples(), s.out(), s.in(), s.groups(), s.outHeight(), s.outWidth(), top + below + 1, left + beside + 1, 1, 1, top, left, rows - s.outHeight() + below, columns - s.outWidth() + beside, 1, 1, s);
  }
}
