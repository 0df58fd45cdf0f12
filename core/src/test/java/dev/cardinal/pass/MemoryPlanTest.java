package dev.cardinal.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.random.PhiloxRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static long rounded(long bytes, long alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
  }

  /** Random blocks: none overlap that live together, and the arena lies between the largest moment and the sum. */
  @Test
  void randomBlocks() {
    for (int round = 0; round < 300; round++) {
      PhiloxRandom r = new PhiloxRandom(11, round);
      long alignment = 1L << r.nextInt(8);
      int steps = 1 + r.nextInt(30);
      List<MemoryPlan.Block> blocks = new ArrayList<>();
      for (int i = r.nextInt(60); i >= 0; i--) {
        int first = r.nextInt(steps);
        blocks.add(new MemoryPlan.Block(r.nextInt(6) == 0 ? 0 : r.nextInt(5000), first, first + r.nextInt(steps - first)));
      }
      MemoryPlan plan = MemoryPlan.of(blocks, alignment);
      long sum = 0;
      for (int i = 0; i < blocks.size(); i++) {
        MemoryPlan.Block a = blocks.get(i);
        long at = plan.offsets()[i];
        assertEquals(0, at % alignment);
        assertTrue(at >= 0 && at + a.bytes() <= plan.bytes(), "block " + i + " lies in the arena");
        sum += rounded(a.bytes(), alignment);
        for (int j = 0; j < i; j++) {
          MemoryPlan.Block b = blocks.get(j);
          boolean together = a.first() <= b.last() && b.first() <= a.last() && a.bytes() > 0 && b.bytes() > 0;
          boolean apart = at + a.bytes() <= plan.offsets()[j] || plan.offsets()[j] + b.bytes() <= at;
          assertTrue(!together || apart, "round " + round + ": blocks " + i + " and " + j + " overlap");
        }
      }
      assertTrue(plan.bytes() <= sum, "never worse than memory for each: " + plan.bytes() + " against " + sum);
      for (int step = 0; step < steps; step++) {
        int now = step;
        long live = blocks.stream().filter(b -> b.first() <= now && now <= b.last()).mapToLong(MemoryPlan.Block::bytes).sum();
        assertTrue(plan.bytes() >= live);
      }
    }
  }

  @Test
  void aChainTakesTwoPlaces() {
    List<MemoryPlan.Block> chain = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      chain.add(new MemoryPlan.Block(1000, i, i + 1));
    }
    assertEquals(2048, MemoryPlan.of(chain, 64).bytes(), "two of 1024");
  }

  @Test
  void nothingTakesNothing() {
    assertEquals(0, MemoryPlan.of(List.of(), 64).bytes());
    MemoryPlan empty = MemoryPlan.of(List.of(new MemoryPlan.Block(0, 0, 3)), 64);
    assertEquals(0, empty.bytes());
    assertArrayEquals(new long[] {0}, empty.offsets());
  }
}
