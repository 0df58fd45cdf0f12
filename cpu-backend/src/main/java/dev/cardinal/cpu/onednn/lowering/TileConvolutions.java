package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.cpu.onednn.tiles.TileConvolution;
import dev.cardinal.cpu.onednn.tiles.TileGradient;
import dev.cardinal.cpu.onednn.tiles.TileShape;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Dense convolutions by tiles, where the processor has them. Every method says whether it took the node. */
final class TileConvolutions {
  /** Less work is done before tiles are filled. */
  private static final long FEWEST_MACS = 4 << 20;

  private TileConvolutions() {}

  /** y = x * W. */
  static boolean forward(Node n, Build b) {
    Conv op = (Conv) n.op();
    TileShape s = suited(b, n.input(0), op.activation(), TileShape.of(op.geometry(), n.input(0).type().shape(), n.input(1).type().shape()));
    return s != null && convolution(n, b, s, false, op.activation());
  }

  /** dx: the convolution of dy with the window turned round. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    TileShape whole = TileShape.of(op.geometry(), n.output(0).type().shape(), n.input(1).type().shape());
    TileShape s = suited(b, n.input(0), op.activation(), whole == null ? null : whole.mirrored());
    return s != null && convolution(n, b, s, true, op.activation());
  }

  /** dW. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dy = n.input(1);
    Value dw = n.output(0);
    TileShape s = TileShape.of(((ConvBackwardWeights) n.op()).geometry(), x.type().shape(), dw.type().shape());
    if (!isThere(b, x) || s == null || s.macs() < FEWEST_MACS || !TileGradient.suits(s)) {
      return false;
    }
    TileGradient g = b.own(new TileGradient(s, b.workers().threads()));
    Slot xs = b.again(x, Order.CHANNELS_LAST).slot();
    Slot dys = b.in(dy, Order.CHANNELS_LAST).slot();
    Slot out = b.out(dw, Order.PLAIN).slot();
    Slot given = s.taps() == 1 ? out : b.temp(dw.type().bytes());
    Slot work = b.temp(g.workBytes());
    b.step("tiles", List.of(xs, dys), List.of(given, work), () -> g.bind(xs.address(), dys.address(), given.address(), work.address()));
    if (s.taps() > 1) {
      long rows = s.out();
      long columns = s.in();
      long[] dims = {rows, columns, s.taps()};
      b.reorder(b.own(MemoryDesc.strided(dims, new long[] {columns, 1, rows * columns})), given, b.own(MemoryDesc.rowMajor(dims)), out);
    }
    return true;
  }

  private static boolean isThere(Build b, Value from) {
    return TileCode.isThere() && b.mapOrder(from) == Order.CHANNELS_LAST;
  }

  private static TileShape suited(Build b, Value from, Activation.Kind activation, TileShape s) {
    boolean simple = activation == Activation.Kind.IDENTITY || activation == Activation.Kind.RELU || activation == Activation.Kind.RELU6;
    return isThere(b, from) && simple && s != null && s.macs() >= FEWEST_MACS && TileConvolution.suits(s) ? s : null;
  }

  private static boolean convolution(Node n, Build b, TileShape s, boolean mirrored, Activation.Kind activation) {
    float least = activation == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    float most = activation == Activation.Kind.RELU6 ? 6 : Float.POSITIVE_INFINITY;
    TileConvolution c = b.own(new TileConvolution(s, b.workers().threads(), mirrored, least, most));
    Slot from = b.in(n.input(0), Order.CHANNELS_LAST).slot();
    Slot weights = weights(b, n.input(1), s, mirrored);
    Slot bias = n.inputs().size() == 3 ? b.in(n.input(2), Order.PLAIN).slot() : null;
    Slot to = b.out(n.output(0), Order.CHANNELS_LAST).slot();
    Slot work = b.temp(c.workBytes());
    List<Slot> reads = new ArrayList<>(List.of(from, weights));
    if (bias != null) {
      reads.add(bias);
    }
    b.step("tiles", reads, List.of(to, work), () -> c.bind(from.address(), weights.address(), bias == null ? 0 : bias.address(), to.address(), work.address()));
    return true;
  }

  /** The weights as {@code [taps, in, out]} of the product. */
  private static Slot weights(Build b, Value w, TileShape s, boolean mirrored) {
    Slot given = b.in(w, Order.PLAIN).slot();
    Shape shape = w.type().shape();
    if (mirrored && s.taps() == 1) {
      return given;
    }
    long rows = shape.dim(0);
    long columns = shape.dim(1);
    long[] dims = {rows, columns, s.taps()};
    MemoryDesc from = b.own(MemoryDesc.rowMajor(dims));
    MemoryDesc to = b.own(MemoryDesc.strided(dims, mirrored ? new long[] {columns, 1, rows * columns} : new long[] {1, rows, rows * columns}));
    Slot reordered = b.temp(to.bytes());
    b.reorder(from, given, to, reordered);
    return reordered;
  }
}
