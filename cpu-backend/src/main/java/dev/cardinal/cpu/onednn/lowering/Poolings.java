package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.PoolShape;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.PlaneKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Pooling and unpooling. */
final class Poolings {
  private Poolings() {}

  /** Through oneDNN if the indices are read by gradients alone, which take its own form of them; else by a kernel that gives real indices. */
  static void max(Node n, Build b) {
    PoolGeometry g = ((MaxPool) n.op()).geometry();
    Value indices = n.output(1);
    boolean opaque = !b.uses().isKept(indices) && b.uses().readers(indices).stream().allMatch(r -> r.op() instanceof MaxPoolBackward);
    Shape x = n.input(0).type().shape();
    Shape y = n.output(0).type().shape();
    PoolShape shape = shape(g, PoolShape.Kind.MAX, x, y);
    Order order = opaque ? order(b, n.input(0), n.output(0), shape) : null;
    if (order != null) {
      MemoryDesc xd = b.describe(n.input(0).type(), order);
      MemoryDesc yd = b.describe(n.output(0).type(), order);
      Primitive p = Primitives.pooling(shape, xd, yd);
      MemoryDesc wd = b.own(p.workspace());
      Slot places = b.temp(wd.bytes());
      b.keep(indices, new Tensor(n.output(0).type(), order, places));
      b.primitive(p, Arg.read(Primitives.SOURCE, xd, b.in(n.input(0), order).slot()), Arg.write(Primitives.DESTINATION, yd, b.out(n.output(0), order).slot()), Arg.write(Primitives.WORKSPACE, wd, places));
      return;
    }
    Tensor in = b.in(n.input(0), Order.PLAIN);
    Tensor out = b.out(n.output(0), Order.PLAIN);
    Tensor at = b.out(indices, Order.PLAIN);
    b.step("plane maxima", List.of(in.slot()), List.of(out.slot(), at.slot()), () -> PlaneKernels.max(b.workers(), g, planes(x), in.floats(), x.spatial(), out.floats(), at.ints(),
        y.spatial()));
  }

  static void maxBackward(Node n, Build b) {
    MaxPoolBackward op = (MaxPoolBackward) n.op();
    Shape y = n.input(0).type().shape();
    Shape x = n.output(0).type().shape();
    Tensor places = b.kept(n.input(1), Tensor.class);
    if (places != null) {
      Order order = places.order();
      MemoryDesc xd = b.describe(n.output(0).type(), order);
      MemoryDesc yd = b.describe(n.input(0).type(), order);
      Primitive p = Primitives.poolingBackward(shape(op.geometry(), PoolShape.Kind.MAX, x, y), xd, yd);
      MemoryDesc wd = b.own(p.workspace());
      b.primitive(p, Arg.read(Primitives.DESTINATION_GRADIENT, yd, b.in(n.input(0), order).slot()), Arg.read(Primitives.WORKSPACE, wd, places.slot()),
          Arg.write(Primitives.SOURCE_GRADIENT, xd, b.out(n.output(0), order).slot()));
      return;
    }
    scatter(n, b, true);
  }

  static void unpool(Node n, Build b) {
    scatter(n, b, false);
  }

  private static void scatter(Node n, Build b, boolean add) {
    Tensor in = b.in(n.input(0), Order.PLAIN);
    Tensor at = b.in(n.input(1), Order.PLAIN);
    Tensor out = b.out(n.output(0), Order.PLAIN);
    b.step(add ? "plane scatter-add" : "plane scatter", List.of(in.slot(), at.slot()), List.of(out.slot()), () -> PlaneKernels.scatter(b.workers(), planes(out.shape()), in.floats(),
        at.ints(), (int) in.shape().spatialSize(), out.floats(), (int) out.shape().spatialSize(), add));
  }

  static void unpoolBackward(Node n, Build b) {
    Tensor dy = b.in(n.input(0), Order.PLAIN);
    Tensor at = b.in(n.input(1), Order.PLAIN);
    Tensor dx = b.out(n.output(0), Order.PLAIN);
    b.step("plane gather", List.of(dy.slot(), at.slot()), List.of(dx.slot()), () -> PlaneKernels.gather(b.workers(), planes(dy.shape()), dy.floats(), (int) dy.shape().spatialSize(),
        at.ints(), dx.floats(), (int) dx.shape().spatialSize()));
  }

  static void average(Node n, Build b) {
    AvgPool op = (AvgPool) n.op();
    Shape x = n.input(0).type().shape();
    Shape y = n.output(0).type().shape();
    forward(n, b, averageShape(op.geometry(), op.countPadding(), x, y), () -> PlaneKernels.windows(op.geometry(), op.countPadding(), x.spatial(), y.spatial()));
  }

  static void averageBackward(Node n, Build b) {
    AvgPoolBackward op = (AvgPoolBackward) n.op();
    Shape x = n.output(0).type().shape();
    Shape y = n.input(0).type().shape();
    backward(n, b, averageShape(op.geometry(), op.countPadding(), x, y), () -> PlaneKernels.windows(op.geometry(), op.countPadding(), x.spatial(), y.spatial()));
  }

  static void adaptive(Node n, Build b) {
    Shape x = n.input(0).type().shape();
    Spatial out = ((AdaptiveAvgPool) n.op()).output();
    forward(n, b, adaptiveShape(x, out.toArray()), () -> PlaneKernels.adaptiveWindows(x.spatial(), out.toArray()));
  }

  static void adaptiveBackward(Node n, Build b) {
    Shape x = n.output(0).type().shape();
    int[] out = n.input(0).type().shape().spatial();
    backward(n, b, adaptiveShape(x, out), () -> PlaneKernels.adaptiveWindows(x.spatial(), out));
  }

  /** oneDNN divides by the full window where padding counts, also beyond the padding, so partial last windows are not for it. */
  private static PoolShape averageShape(PoolGeometry g, boolean countPadding, Shape x, Shape y) {
    if (countPadding) {
      for (int i = 0; i < g.rank(); i++) {
        if (g.padHigh().at(i) < extent(g, i, x, y)) {
          return null;
        }
      }
    }
    return shape(g, countPadding ? PoolShape.Kind.AVERAGE_WITH_PADDING : PoolShape.Kind.AVERAGE_WITHOUT_PADDING, x, y);
  }

  /** Padding that the last window reaches into. */
  private static int extent(PoolGeometry g, int axis, Shape x, Shape y) {
    int span = g.dilation().at(axis) * (g.kernel().at(axis) - 1) + 1;
    return (y.dim(axis + 2) - 1) * g.stride().at(axis) + span - x.dim(axis + 2) - g.padLow().at(axis);
  }

  /** Windows of one size and step, if the output divides the input. */
  private static PoolShape adaptiveShape(Shape x, int[] out) {
    long[] kernel = new long[out.length];
    for (int i = 0; i < out.length; i++) {
      if (x.dim(i + 2) % out[i] != 0) {
        return null;
      }
      kernel[i] = x.dim(i + 2) / out[i];
    }
    long[] zero = new long[out.length];
    return new PoolShape(PoolShape.Kind.AVERAGE_WITHOUT_PADDING, kernel, kernel, zero, zero, zero);
  }

  private static void forward(Node n, Build b, PoolShape s, java.util.function.Supplier<PlaneKernels.Windows> windows) {
    Value x = n.input(0);
    Value y = n.output(0);
    Order order = s == null ? null : order(b, x, y, s);
    if (order != null) {
      MemoryDesc xd = b.describe(x.type(), order);
      MemoryDesc yd = b.describe(y.type(), order);
      b.primitive(Primitives.pooling(s, xd, yd), Arg.read(Primitives.SOURCE, xd, b.in(x, order).slot()), Arg.write(Primitives.DESTINATION, yd, b.out(y, order).slot()));
      return;
    }
    Tensor in = b.in(x, Order.PLAIN);
    Tensor out = b.out(y, Order.PLAIN);
    b.step("plane means", List.of(in.slot()), List.of(out.slot()), () -> PlaneKernels.average(b.workers(), windows.get(), planes(in.shape()), in.floats(), out.floats()));
  }

  private static void backward(Node n, Build b, PoolShape s, java.util.function.Supplier<PlaneKernels.Windows> windows) {
    Value dy = n.input(0);
    Value dx = n.output(0);
    Order order = s == null ? null : order(b, dx, dy, s);
    if (order != null) {
      MemoryDesc xd = b.describe(dx.type(), order);
      MemoryDesc yd = b.describe(dy.type(), order);
      b.primitive(Primitives.poolingBackward(s, xd, yd), Arg.read(Primitives.DESTINATION_GRADIENT, yd, b.in(dy, order).slot()), Arg.write(Primitives.SOURCE_GRADIENT, xd, b.out(dx, order).slot()));
      return;
    }
    Tensor in = b.in(dy, Order.PLAIN);
    Tensor out = b.out(dx, Order.PLAIN);
    b.step("plane means gradient", List.of(in.slot()), List.of(out.slot()), () -> PlaneKernels.averageBackward(b.workers(), windows.get(), planes(in.shape()), in.floats(),
        out.floats()));
  }

  /** The order in which the library has kernels for a pooling and its gradient, or null. */
  private static Order order(Build b, Value x, Value y, PoolShape s) {
    List<Order> candidates = b.mapOrder(x) == Order.REDUCED ? List.of(Order.REDUCED, Order.CHANNELS_LAST) : List.of(Order.CHANNELS_LAST);
    for (Order o : candidates) {
      try (Primitive p = Primitives.poolingBackward(s, b.describe(x.type(), o), b.describe(y.type(), o))) {
        if (p != null && !p.isReference()) {
          return o;
        }
      }
    }
    return null;
  }

  private static PoolShape shape(PoolGeometry g, PoolShape.Kind kind, Shape x, Shape y) {
    long[] high = new long[g.rank()];
    for (int i = 0; i < high.length; i++) {
      high[i] = Math.max(g.padHigh().at(i), extent(g, i, x, y));
    }
    return new PoolShape(kind, Convolutions.longs(g.stride(), 0), Convolutions.longs(g.kernel(), 0), Convolutions.longs(g.dilation(), -1), Convolutions.longs(g.padLow(), 0), high);
  }

  private static long planes(Shape s) {
    return (long) s.dim(0) * s.dim(1);
  }
}
