package dev.cardinal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.SharedSum;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.op.ConvBackwardWeights;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where the sums of gradients begin and end in a device's program, and who does which part of them. */
class BucketsTest {
  private static List<Node> collectives(Graph g, Collective.Phase phase) {
    return g.nodes().stream().filter(n -> n.op() instanceof Collective c && c.phase() == phase).toList();
  }

  @Test
  void lateLayersAreSummedWhileEarlyOnesAreComputed() {
    SplitGraph split = PlanTest.plan("alexnet", SplitOptions.of(Mode.DATA, 2), 4).split();
    for (Graph g : split.graphs()) {
      List<Node> starts = collectives(g, Collective.Phase.START);
      List<Node> ends = collectives(g, Collective.Phase.FINISH);
      assertTrue(starts.size() >= 6, starts.size() + " buckets");
      assertEquals(starts.size(), ends.size());
      List<Integer> gradients = g.nodes().stream().filter(n -> n.op() instanceof ConvBackwardWeights).map(Node::id).toList();
      assertEquals(5, gradients.size());
      assertTrue(starts.get(0).id() < gradients.get(0), "the dense layers' sums begin before the last convolution's gradient");
      assertTrue(starts.stream().filter(n -> n.id() < gradients.get(4)).count() >= starts.size() - 1, "all but the last bucket begin before the first convolution's gradient");
      assertTrue(ends.get(0).id() > gradients.get(4), "and nothing waits before the backward part is over");
    }
  }

  @Test
  void everyGradientIsSummedOnceAndInFewBuckets() {
    SplitGraph split = PlanTest.plan("resnext50", SplitOptions.of(Mode.DATA, 4).synchronised(false), 4).split();
    List<Node> starts = collectives(split.graphs().get(0), Collective.Phase.START);
    long summed = starts.stream().flatMap(n -> ((Collective) n.op()).tensors().stream()).mapToLong(t -> t.shape().size()).sum();
    assertEquals(25_028_904 + 2 * 34_112, summed, "ResNeXt-50 32x4d's parameters, and two running statistics of each normalised channel");
    assertTrue(starts.size() >= 16 && starts.size() <= 28, starts.size() + " buckets for 267 tensors");
  }

  /** Nobody is a master: everybody sums the same part, takes the rest from those who summed it, and all parts together are the whole. */
  @Test
  void theWorkOfASumIsShared() {
    for (int devices : new int[] {2, 3, 4, 7}) {
      long[] sizes = {5, 1000, 1, 33};
      SharedSum sum = SharedSum.of(sizes, devices);
      Set<String> seen = new HashSet<>();
      List<Long> lengths = new ArrayList<>();
      for (List<SharedSum.Piece> mine : sum.stretches()) {
        lengths.add(mine.stream().mapToLong(SharedSum.Piece::length).sum());
        for (SharedSum.Piece p : mine) {
          for (long i = p.from(); i < p.from() + p.length(); i++) {
            assertTrue(i < sizes[p.tensor()] && seen.add(p.tensor() + " " + i), "element " + i + " of tensor " + p.tensor());
          }
        }
      }
      assertEquals(1039, seen.size());
      assertTrue(lengths.stream().allMatch(l -> Math.abs(l - 1039 / devices) <= 1), lengths.toString());
    }
  }
}
