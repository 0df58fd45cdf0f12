package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.tiles.GroupedConvolution;
import dev.cardinal.cpu.onednn.tiles.GroupedGradient;
import dev.cardinal.cpu.onednn.tiles.GroupedShape;
import dev.cardinal.graph.Node;
import java.util.function.IntFunction;

/** Times our kernels for groups of few channels against the library's. */
final class GroupedTrials {
  private static final String OURS = "grouped";

  private GroupedTrials() {}

  /**
   * Whether to compute a convolution, or the gradient of its input, by ours.
   *
   * @param sums whether sums over the result are wanted, which ours give on the way
   * @param shapes gives the shape for so many samples
   */
  static boolean isFaster(Node n, Build b, GroupedShape s, boolean backward, boolean sums, IntFunction<GroupedShape> shapes) {
    return s.macs() >= OwnTrials.FEWEST_MACS && OwnTrials.isFaster(n, b, sums ? OURS + " with sums" : OURS, true, new OwnTrials.Own() {
      @Override
      public Runnable bind(int samples, OwnTrials.Operands o) {
        GroupedShape few = shapes.apply(samples);
        GroupedConvolution c = o.own(new GroupedConvolution(few, b.threads(), backward, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY));
        long weights = o.memory(few.weightBytes());
        Runnable reorder = o.reorder(o.own(few.lying(backward)), o.weights(), o.own(few.arranged(backward)), weights);
        long parts = sums ? o.memory(c.moments().bytes()) : 0;
        return OwnTrials.inTurn(reorder, c.bind(backward ? o.y() : o.x(), weights, n.inputs().size() == 3 ? o.bias() : 0, backward ? o.x() : o.y(), parts));
      }

      @Override
      public Runnable besides(int samples, OwnTrials.Operands o) {
        return sums ? OwnTrials.moments(n, b, samples, o) : OwnTrials.Own.super.besides(samples, o);
      }
    });
  }

  /** Whether to compute a gradient of weights by ours. */
  static boolean isGradientFaster(Node n, Build b, GroupedShape s, IntFunction<GroupedShape> shapes) {
    return s.macs() >= OwnTrials.FEWEST_MACS && OwnTrials.isFaster(n, b, OURS, true, (samples, o) -> {
      GroupedGradient g = o.own(new GroupedGradient(shapes.apply(samples), b.threads()));
      long given = o.memory(s.weightBytes());
      return OwnTrials.inTurn(g.bind(o.x(), o.y(), given, o.memory(g.workBytes())), o.reorder(o.own(s.arranged(true)), given, o.own(s.lying(true)), o.weights()));
    });
  }
}
