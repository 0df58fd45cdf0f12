package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Tap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How the columns of a row are divided into blocks that registers hold, borders and all. */
final class GroupedColumns {
  /**
   * A meeting of a block's column with a place of the other map.
   *
   * @param column of the block
   * @param tap column of the window
   */
  record Meeting(int column, int tap) {}

  /**
   * Blocks one after the other that are alike.
   *
   * @param first column of the first block
   * @param base place of the other map from which distances count
   * @param columns of every block
   * @param step of the base from one block to the next
   * @param meetings of the block's columns with places of the other map, by their distances from the base
   * @param count of blocks
   */
  record Run(int first, int base, int columns, int step, Map<Integer, List<Meeting>> meetings, int count) {}

  private GroupedColumns() {}

  /**
   * All columns.
   *
   * @param backward whether the input is what columns are of, not the output
   * @param most columns of a block
   */
  static List<Run> of(Axis axis, boolean backward, int most) {
    int period = axis.period(backward);
    int units = (axis.written(backward) + period - 1) / period;
    int unitsOfBlock = Math.max(1, most / period);
    int blocks = (units + unitsOfBlock - 1) / unitsOfBlock;
    List<Run> runs = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < blocks; i++) {
      int end = Math.min(axis.written(backward), begin + (units / blocks + (i < units % blocks ? 1 : 0)) * period);
      Run next = block(axis, backward, begin, end - begin);
      Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last.columns == next.columns && last.meetings.equals(next.meetings)) {
        runs.set(runs.size() - 1, new Run(last.first, last.base, last.columns, last.step, last.meetings, last.count + 1));
      } else {
        runs.add(next);
      }
      begin = end;
    }
    return runs;
  }

  /** One column alone. */
  static List<Run> only(Axis axis, boolean backward, int column) {
    return List.of(block(axis, backward, column, 1));
  }

  private static Run block(Axis axis, boolean backward, int first, int count) {
    int base = axis.base(backward, first);
    Map<Integer, List<Meeting>> meetings = new TreeMap<>();
    for (int c = 0; c < count; c++) {
      for (Tap t : axis.taps(backward, first + c)) {
        meetings.computeIfAbsent(axis.base(backward, first + c) - base + t.place(), p -> new ArrayList<>()).add(new Meeting(c, t.tap()));
      }
    }
    return new Run(first, base, count, axis.base(backward, first + count) - base, meetings, 1);
  }
}
