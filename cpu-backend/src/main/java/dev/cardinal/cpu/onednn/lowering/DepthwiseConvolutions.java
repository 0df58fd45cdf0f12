package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.DepthwiseConvolution;
import dev.cardinal.cpu.onednn.tiles.DepthwiseGradient;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Depthwise convolutions by machine code of ours, at the speed of the memory. Every method says whether it took the node. */
final class DepthwiseConvolutions {
  /** Elements of both maps without which the library is as fast. */
  private static final long FEWEST_ELEMENTS = 1 << 17;
  /** For each thread: with less the last one would keep the others waiting. */
  private static final int FEWEST_ROWS = 2;
  private static final String DETAIL = "depthwise";

  private DepthwiseConvolutions() {}

  /** y = x * W. */
  static boolean forward(Node n, Build b) {
    Conv op = (Conv) n.op();
    return convolution(n, b, suited(b, n.input(0), DepthwiseShape.of(op.geometry(), n.input(0).type().shape(), n.input(1).type().shape())), false, op.activation());
  }

  /** dx: every place gathers what it gave to. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    return convolution(n, b, suited(b, n.input(0), DepthwiseShape.of(op.geometry(), n.output(0).type().shape(), n.input(1).type().shape())), true, op.activation());
  }

  /** dW. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dw = n.output(0);
    DepthwiseShape s = suited(b, x, DepthwiseShape.of(((ConvBackwardWeights) n.op()).geometry(), x.type().shape(), dw.type().shape()));
    if (s == null) {
      return false;
    }
    DepthwiseGradient g = b.own(new DepthwiseGradient(s, b.threads()));
    Slot xs = b.again(x, Order.CHANNELS_LAST).slot();
    Slot dys = b.in(n.input(1), Order.CHANNELS_LAST).slot();
    Tensor out = b.out(dw, Order.PLAIN);
    LongSupplier work = b.scratch(g.workBytes());
    b.step(DETAIL, List.of(xs, dys), List.of(out.slot()), () -> g.bind(xs.address(), dys.address(), out.floats(), work.getAsLong()));
    return true;
  }

  private static DepthwiseShape suited(Build b, Value from, DepthwiseShape s) {
    boolean fits = TileCode.hasVectors() && b.mapOrder(from) == Order.CHANNELS_LAST && s != null;
    return fits && s.elements() >= FEWEST_ELEMENTS && s.shared() >= (long) FEWEST_ROWS * b.threads() ? s : null;
  }

  private static boolean convolution(Node n, Build b, DepthwiseShape s, boolean backward, Activation.Kind activation) {
    if (s == null || activation != Activation.Kind.IDENTITY && !activation.rectifies()) {
      return false;
    }
    float least = activation == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    float most = activation.most();
    DepthwiseConvolution c = b.own(new DepthwiseConvolution(s, b.threads(), backward, least, most));
    Slot from = b.in(n.input(0), Order.CHANNELS_LAST).slot();
    Tensor weights = b.in(n.input(1), Order.PLAIN);
    Slot bias = n.inputs().size() == 3 ? b.in(n.input(2), Order.PLAIN).slot() : null;
    Slot to = b.out(n.output(0), Order.CHANNELS_LAST).slot();
    Slot sums = TileConvolutions.isNormalised(b, n.output(0)) ? b.temp(c.moments().bytes()) : null;
    LongSupplier work = b.scratch(c.workBytes());
    List<Slot> writes = new ArrayList<>(List.of(to));
    if (sums != null) {
      TileConvolutions.keep(b, n.output(0), new TileConvolutions.Summed(c.moments(), sums));
      writes.add(sums);
    }
    List<Slot> reads = new ArrayList<>(List.of(from, weights.slot()));
    if (bias != null) {
      reads.add(bias);
    }
    b.step(DETAIL, reads, writes, () -> c.bind(from.address(), weights.floats(), bias == null ? 0 : bias.address(), to.address(), sums == null ? 0 : sums.address(), work.getAsLong()));
    return true;
  }
}
