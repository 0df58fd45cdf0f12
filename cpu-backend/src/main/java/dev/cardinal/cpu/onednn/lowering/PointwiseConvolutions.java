package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.Following;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Pointwise convolutions as products of matrices, positions by channels. The library's convolutions are as fast or faster by themselves but want weights in layouts of their own, and a reorder of
 * weights costs more than it brings where positions are few; a product takes weights as they lie. Every method says whether it took the node.
 *
 * <p>In bfloat16 the product is the faster one in all three directions, most of all for the gradient of weights: {@code cardinal bench NET --profile} shows the launches of both kinds with their rates.
 */
final class PointwiseConvolutions {
  private static final long FEW_POSITIONS = 2048;
  private static final long FEW_POSITIONS_OF_GRADIENT = 4096;
  private static final int MANY_CHANNELS = 128;

  private PointwiseConvolutions() {}

  /** y = x Wᵀ. */
  static boolean forward(Node n, Build b) {
    Conv op = (Conv) n.op();
    Value x = n.input(0);
    Value y = n.output(0);
    Shape w = n.input(1).type().shape();
    if (!suits(b, x, y, op.geometry(), w, FEW_POSITIONS)) {
      return false;
    }
    Value bias = n.inputs().size() == 3 ? n.input(2) : null;
    return product(b, x, n.input(1), true, bias, Followed.by(op.activation(), y));
  }

  /** Of a convolution without an activation: with what follows it. */
  static boolean forward(Node n, Build b, Followed followed) {
    Conv op = (Conv) n.op();
    Value bias = n.inputs().size() == 3 ? n.input(2) : null;
    return suits(b, n.input(0), followed.result(), op.geometry(), n.input(1).type().shape(), FEW_POSITIONS) && product(b, n.input(0), n.input(1), true, bias, followed);
  }

  /** dx = dy W. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    Value dy = n.input(0);
    Value dx = n.output(0);
    if (!suits(b, dy, dx, op.geometry(), n.input(1).type().shape(), FEW_POSITIONS)) {
      return false;
    }
    Value bias = n.inputs().size() == 3 ? n.input(2) : null;
    return product(b, dy, n.input(1), false, bias, Followed.by(op.activation(), dx));
  }

  /** dW = dyᵀ x. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dy = n.input(1);
    Shape w = n.output(0).type().shape();
    if (!suits(b, x, dy, ((ConvBackwardWeights) n.op()).geometry(), w, FEW_POSITIONS_OF_GRADIENT)) {
      return false;
    }
    Order order = b.mapOrder(x);
    MemoryDesc xd = matrix(b, order, positions(x), w.dim(1), w.dim(1), 1);
    MemoryDesc dyd = matrix(b, order, w.dim(0), positions(dy), 1, w.dim(0));
    MemoryDesc wd = matrix(b, Order.PLAIN, w.dim(0), w.dim(1), w.dim(1), 1);
    Primitive p = real(Primitives.matmul(dyd, xd, wd, b.reduced()));
    if (p == null) {
      return false;
    }
    b.primitive(p, Arg.read(Primitives.SOURCE, dyd, b.in(dy, order).slot()), Arg.read(Primitives.WEIGHTS, xd, b.again(x, order).slot()),
        Arg.write(Primitives.DESTINATION, wd, b.out(n.output(0), Order.PLAIN).slot()));
    return true;
  }

  private static boolean product(Build b, Value from, Value weights, boolean transposed, Value bias, Followed followed) {
    Value to = followed.result();
    Shape w = weights.type().shape();
    Order order = b.mapOrder(from);
    int in = from.type().shape().dim(1);
    int out = to.type().shape().dim(1);
    MemoryDesc fd = matrix(b, order, positions(from), in, in, 1);
    MemoryDesc td = matrix(b, order, positions(to), out, out, 1);
    MemoryDesc wd = matrix(b, order, in, out, transposed ? 1 : out, transposed ? in : 1);
    MemoryDesc bd = bias == null ? null : b.own(MemoryDesc.rowMajor(1, out));
    Following following = followed.ofRows(b, td);
    Primitive p = real(Primitives.matmul(fd, wd, bd, td, following, b.reduced()));
    if (p == null) {
      return false;
    }
    Slot ws = b.in(weights, Order.PLAIN).slot();
    if (order == Order.REDUCED) {
      Slot rounded = b.temp(wd.bytes());
      b.reorder(matrix(b, Order.PLAIN, w.dim(0), w.dim(1), w.dim(1), 1), ws, matrix(b, order, w.dim(0), w.dim(1), w.dim(1), 1), rounded);
      ws = rounded;
    }
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, fd, b.in(from, order).slot()), Arg.read(Primitives.WEIGHTS, wd, ws),
        Arg.write(Primitives.DESTINATION, td, b.out(to, order).slot())));
    if (bias != null) {
      args.add(Arg.read(Primitives.BIAS, bd, b.in(bias, Order.PLAIN).slot()));
    }
    followed.operands(b, following, order, args);
    b.primitive(p, args.toArray(new Arg[0]));
    return true;
  }

  /** Whether a convolution of {@code x} to {@code y}, or a gradient of it, is for this place. */
  static boolean isProduct(Node n, Build b, ConvGeometry g, Value x, Value y, Shape w) {
    return suits(b, x, y, g, w, n.op() instanceof ConvBackwardWeights ? FEW_POSITIONS_OF_GRADIENT : FEW_POSITIONS);
  }

  private static boolean suits(Build b, Value from, Value to, ConvGeometry g, Shape w, long most) {
    boolean pointwise = w.spatialSize() == 1 && g.groups() == 1 && g.stride().isAll(1) && g.padLow().isAll(0) && g.padHigh().isAll(0);
    if (!pointwise || b.mapOrder(from) != b.mapOrder(to) || from.type().shape().size() == 0) {
      return false;
    }
    boolean wide = Math.min(w.dim(0), w.dim(1)) >= MANY_CHANNELS;
    return wide && (b.mapOrder(from) == Order.REDUCED || positions(from) <= most);
  }

  private static long positions(Value v) {
    Shape s = v.type().shape();
    return s.dim(0) * s.spatialSize();
  }

  private static MemoryDesc matrix(Build b, Order order, long rows, long columns, long rowStride, long columnStride) {
    long[] dims = {rows, columns};
    long[] strides = {rowStride, columnStride};
    return b.own(order == Order.REDUCED ? MemoryDesc.reduced(dims, strides) : MemoryDesc.strided(dims, strides));
  }

  private static Primitive real(Primitive p) {
    if (p != null && p.isReference()) {
      p.close();
      return null;
    }
    return p;
  }
}
