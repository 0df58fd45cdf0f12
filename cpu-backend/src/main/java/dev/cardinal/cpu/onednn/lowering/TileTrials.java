package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.tiles.MomentParts;
import dev.cardinal.cpu.onednn.tiles.TileConvolution;
import dev.cardinal.cpu.onednn.tiles.TileGradient;
import dev.cardinal.cpu.onednn.tiles.TileShape;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import dev.cardinal.tensor.Shape;
import java.util.function.IntFunction;

/** Times tiles against the library's kernels. */
final class TileTrials {
  private TileTrials() {}

  /**
   * Whether to compute a convolution, or if it is mirrored a gradient of its input, by tiles.
   *
   * @param sums whether sums over the result are wanted, which tiles may give on the way
   * @param shapes gives the shape for so many samples
   */
  static boolean isFaster(Node n, Build b, TileShape s, boolean mirrored, Activation.Kind activation, boolean sums, IntFunction<TileShape> shapes) {
    float least = activation == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    return s.macs() >= OwnTrials.FEWEST_MACS && OwnTrials.isFaster(n, b, sums ? "tiles with sums" : "tiles", true, new OwnTrials.Own() {
      @Override
      public Runnable bind(int samples, OwnTrials.Operands o) {
        TileShape few = shapes.apply(samples);
        TileConvolution c = o.own(new TileConvolution(few, b.threads(), mirrored, least, Float.POSITIVE_INFINITY));
        long bias = n.inputs().size() == 3 ? o.bias() : 0;
        MomentParts parts = sums ? c.moments() : null;
        Shape w = n.input(1).type().shape();
        long weights = TileConvolutions.lieAsWanted(few, mirrored) ? o.weights() : o.memory(w.size() * Float.BYTES);
        Runnable run = c.bind(mirrored ? o.y() : o.x(), weights, bias, mirrored ? o.x() : o.y(), parts == null ? 0 : o.memory(parts.bytes()), o.memory(c.workBytes()));
        return weights == o.weights() ? run : OwnTrials.inTurn(o.reorder(o.own(TileConvolutions.lying(w, few)), o.weights(), o.own(TileConvolutions.wanted(w, few, mirrored)), weights), run);
      }

      @Override
      public Runnable besides(int samples, OwnTrials.Operands o) {
        TileShape few = shapes.apply(samples);
        if (!sums || o.own(new TileConvolution(few, b.threads(), mirrored, least, Float.POSITIVE_INFINITY)).moments() == null) {
          return OwnTrials.Own.super.besides(samples, o);
        }
        return OwnTrials.moments(n, b, samples, o);
      }
    });
  }

  /** Whether to compute a gradient of weights by tiles. */
  static boolean isGradientFaster(Node n, Build b, TileShape s, IntFunction<TileShape> shapes) {
    return s.macs() >= OwnTrials.FEWEST_MACS && OwnTrials.isFaster(n, b, "tiles", true, (samples, o) -> {
      TileGradient g = o.own(new TileGradient(shapes.apply(samples), b.threads()));
      long weights = s.taps() == 1 ? o.weights() : o.memory(n.output(0).type().bytes());
      Runnable run = g.bind(o.x(), o.y(), weights, o.memory(g.workBytes()));
      return s.taps() == 1 ? run : OwnTrials.inTurn(run, o.reorder(o.own(TileConvolutions.given(s)), weights, o.own(MemoryDesc.rowMajor(s.out(), s.depth(), s.taps())), o.weights()));
    });
  }
}
