package dev.cardinal.pass;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Places blocks with known life times in one arena so that blocks that live at the same time do not overlap: greedy by size (Pisarchyk and Lee, "Efficient memory management for deep neural net
 * inference", 2020, section 5.2). The largest block is placed first, each at the lowest gap that fits among those placed that it lives together with.
 *
 * @param offsets of the blocks, in their order
 * @param bytes size of the arena
 */
public record MemoryPlan(long[] offsets, long bytes) {
  /**
   * A block of memory.
   *
   * @param bytes its size
   * @param first step that writes it
   * @param last step that reads it, at least {@code first}
   */
  public record Block(long bytes, int first, int last) {}

  private record Placed(Block block, long offset) {
    long end() {
      return offset + block.bytes;
    }
  }

  /** Plans the arena; every offset is a multiple of {@code alignment}. */
  public static MemoryPlan of(List<Block> blocks, long alignment) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingLong((Integer i) -> blocks.get(i).bytes).reversed());
    long[] offsets = new long[blocks.size()];
    // Kept in order of offset, so that one walk finds the gaps.
    List<Placed> placed = new ArrayList<>();
    long total = 0;
    for (int i : order) {
      Block b = blocks.get(i);
      if (b.bytes == 0) {
        continue;
      }
      long at = 0;
      for (Placed p : placed) {
        if (p.block.last < b.first || p.block.first > b.last) {
          continue;
        }
        if (at + b.bytes <= p.offset) {
          break;
        }
        at = Math.max(at, roundUp(p.end(), alignment));
      }
      offsets[i] = at;
      insert(placed, new Placed(b, at));
      total = Math.max(total, at + b.bytes);
    }
    return new MemoryPlan(offsets, roundUp(total, alignment));
  }

  private static void insert(List<Placed> placed, Placed p) {
    int i = placed.size();
    while (i > 0 && placed.get(i - 1).offset > p.offset) {
      i--;
    }
    placed.add(i, p);
  }

  private static long roundUp(long v, long alignment) {
    return (v + alignment - 1) / alignment * alignment;
  }
}
