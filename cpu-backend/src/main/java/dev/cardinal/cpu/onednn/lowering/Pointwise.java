package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Broadcast;
import dev.cardinal.cpu.onednn.kernel.Flat;
import dev.cardinal.cpu.onednn.kernel.Maps;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Elementwise functions: in whatever order their inputs are, and in place where an input is not needed any more. */
final class Pointwise {
  private Pointwise() {}

  static void activation(Node n, Build b) {
    Activation op = (Activation) n.op();
    switch (op.kind()) {
      case IDENTITY -> b.alias(n.output(0), b.in(n.input(0)));
      case HARD_SWISH -> primitive(n, b, Elementwise.hardSwish());
      case LEAKY_RELU -> primitive(n, b, Elementwise.relu(op.alpha()));
      default -> primitive(n, b, Convolutions.fused(op.kind()));
    }
  }

  static void activationBackward(Node n, Build b) {
    ActivationBackward op = (ActivationBackward) n.op();
    switch (op.kind()) {
      case IDENTITY -> b.alias(n.output(0), b.in(n.input(0)));
      case RELU -> {
        if (!Rectifiers.backward(n, b)) {
          gradient(n, b, Primitives.DESTINATION, rectifierFromOutput(op.kind()));
        }
      }
      case RELU6 -> gradient(n, b, Primitives.DESTINATION, rectifierFromOutput(op.kind()));
      case LEAKY_RELU -> gradient(n, b, Primitives.DESTINATION, Elementwise.reluFromOutput(op.alpha()));
      case SIGMOID -> gradient(n, b, Primitives.DESTINATION, Elementwise.sigmoidFromOutput());
      case TANH -> gradient(n, b, Primitives.DESTINATION, Elementwise.tanhFromOutput());
      case HARD_SWISH -> gradient(n, b, Primitives.SOURCE, Elementwise.hardSwish());
    }
  }

  private static Elementwise rectifierFromOutput(Activation.Kind kind) {
    return kind == Activation.Kind.RELU6 ? Elementwise.clipFromOutput(0, kind.most()) : Elementwise.reluFromOutput(0);
  }

  /** The gradient of an activation from dy and its input or output, which the library tells apart by {@code position}. */
  private static void gradient(Node n, Build b, int position, Elementwise f) {
    Order o = commonStored(b, n.input(0), n.input(1));
    gradient(b, b.in(n.input(0), o), b.in(n.input(1), o), b.out(n.output(0), o), position, f);
  }

  private static void gradient(Build b, Tensor dy, Tensor known, Tensor dx, int position, Elementwise f) {
    MemoryDesc d = flat(b, dx);
    b.primitive(Primitives.elementwiseBackward(d, f), Arg.read(position, d, known.slot()), Arg.read(Primitives.DESTINATION_GRADIENT, d, dy.slot()),
        Arg.write(Primitives.SOURCE_GRADIENT, d, dx.slot()));
    b.mayReplace(dx.slot(), dy.slot());
  }

  static void unary(Node n, Build b) {
    switch (((Unary) n.op()).kind()) {
      case NEGATE -> map(n, b, "negate", (x, y, c) -> Maps.scale(x, y, c, -1, 0));
      case ABSOLUTE -> map(n, b, "absolute", Maps::absolute);
      case SQUARE -> map(n, b, "square", Maps::square);
      case SQUARE_ROOT -> map(n, b, "square root", Maps::squareRoot);
      case EXPONENTIAL -> primitive(n, b, Elementwise.exponential());
      case LOGARITHM -> map(n, b, "logarithm", Maps::logarithm);
      case SIGN -> map(n, b, "sign", Maps::sign);
    }
  }

  static void scale(Node n, Build b) {
    Scale op = (Scale) n.op();
    float factor = (float) op.factor();
    float offset = (float) op.offset();
    map(n, b, "scale", (x, y, c) -> Maps.scale(x, y, c, factor, offset));
  }

  static void binary(Node n, Build b) {
    Binary.Kind kind = ((Binary) n.op()).kind();
    Value x = n.input(0);
    Value y = n.input(1);
    if (!x.type().equals(y.type())) {
      broadcast(n, b, kind);
    } else if (kind == Binary.Kind.ADD && TileNormalisations.addsUp(b, n.output(0))) {
      b.postpone(n);
    } else if (kind == Binary.Kind.ADD && x.type().shape().size() > 0) {
      Order o = commonStored(b, x, y);
      Tensor xs = b.in(x, o);
      Tensor ys = b.in(y, o);
      Tensor out = b.out(n.output(0), o);
      MemoryDesc d = flat(b, out);
      b.primitive(Primitives.add(d, null), Arg.read(Primitives.SOURCE, d, xs.slot()), Arg.read(Primitives.SOURCE_1, d, ys.slot()), Arg.write(Primitives.DESTINATION, d, out.slot()));
      b.mayReplace(out.slot(), xs.slot());
    } else {
      map2(n, b, Maps.name(kind), Maps.of(kind));
    }
  }

  private static void broadcast(Node n, Build b, Binary.Kind kind) {
    Shape s = n.output(0).type().shape();
    Value larger = n.input(0).type().shape().equals(s) ? n.input(0) : n.input(1);
    Order order = larger.type().shape().equals(s) ? b.order(larger) : Order.PLAIN;
    Tensor x = operand(b, n.input(0), s, order);
    Tensor y = operand(b, n.input(1), s, order);
    Tensor out = b.out(n.output(0), order);
    int[] axes = Tensor.physicalAxes(Math.max(1, s.rank()), order);
    b.step(Maps.name(kind) + " broadcast", List.of(x.slot(), y.slot()), List.of(out.slot()), () -> new Broadcast(b.workers(), permute(out.dims(), axes),
        permute(alignedStrides(x, s), axes), permute(alignedStrides(y, s), axes), Maps.of(kind)).bind(x.floats(), y.floats(), out.floats()));
  }

  private static Tensor operand(Build b, Value v, Shape out, Order order) {
    return b.in(v, v.type().shape().rank() == out.rank() && out.rank() >= 3 ? order : b.has(v, Order.PLAIN) ? Order.PLAIN : b.order(v));
  }

  /** Strides of an operand along the axes of the result: 0 where it repeats. */
  private static long[] alignedStrides(Tensor t, Shape out) {
    long[] r = new long[Math.max(1, out.rank())];
    long[] s = t.strides();
    int extra = out.rank() - t.shape().rank();
    for (int i = extra; i < out.rank(); i++) {
      r[i] = t.shape().dim(i - extra) == 1 ? 0 : s[i - extra];
    }
    return r;
  }

  static long[] permute(long[] v, int[] axes) {
    long[] r = new long[axes.length];
    for (int i = 0; i < axes.length; i++) {
      r[i] = v[axes[i]];
    }
    return r;
  }

  /** masked = dy where y is above 0 and below the most that it may be, else 0; all in one order. */
  static void mask(Build b, Activation.Kind rectifier, Tensor dy, Tensor y, Tensor masked) {
    gradient(b, dy, y, masked, Primitives.DESTINATION, rectifierFromOutput(rectifier));
  }

  /** The order two inputs share, or the first one's. */
  static Order common(Build b, Value x, Value y) {
    for (Order o : new Order[] {Order.CHANNELS_LAST, Order.PLAIN}) {
      if (b.has(x, o) && b.has(y, o)) {
        return o;
      }
    }
    return Order.CHANNELS_LAST;
  }

  /** As {@link #common} for what the library computes: rounded if one of two maps is there so alone. */
  private static Order commonStored(Build b, Value x, Value y) {
    return b.stored(x).order() == Order.REDUCED || b.stored(y).order() == Order.REDUCED ? Order.REDUCED : common(b, x, y);
  }

  private static void map(Node n, Build b, String detail, Flat.Map1 f) {
    Tensor x = b.in(n.input(0));
    Tensor y = b.out(n.output(0), x.order());
    b.step(detail, List.of(x.slot()), List.of(y.slot()), () -> {
      Flat flat = new Flat(b.workers(), 2);
      var in = x.floats();
      var out = y.floats();
      return () -> flat.map(x.size(), in, out, f);
    });
    b.mayReplace(y.slot(), x.slot());
  }

  private static void map2(Node n, Build b, String detail, Flat.Map2 f) {
    Order o = common(b, n.input(0), n.input(1));
    Tensor x = b.in(n.input(0), o);
    Tensor z = b.in(n.input(1), o);
    Tensor y = b.out(n.output(0), o);
    b.step(detail, List.of(x.slot(), z.slot()), List.of(y.slot()), () -> {
      Flat flat = new Flat(b.workers(), 3);
      var first = x.floats();
      var second = z.floats();
      var out = y.floats();
      return () -> flat.map(x.size(), first, second, out, f);
    });
    b.mayReplace(y.slot(), x.slot());
    b.mayReplace(y.slot(), z.slot());
  }

  private static MemoryDesc flat(Build b, Tensor t) {
    return b.own(t.order() == Order.REDUCED ? MemoryDesc.reducedLine(t.size()) : MemoryDesc.rowMajor(t.size()));
  }

  private static void primitive(Node n, Build b, Elementwise f) {
    Tensor x = b.stored(n.input(0));
    Tensor y = b.out(n.output(0), x.order());
    MemoryDesc d = flat(b, x);
    Primitive p = Primitives.elementwise(d, f);
    b.primitive(p, Arg.read(Primitives.SOURCE, d, x.slot()), Arg.write(Primitives.DESTINATION, d, y.slot()));
    b.mayReplace(y.slot(), x.slot());
  }

  /** Applies a function to a tensor that this node has just written. */
  static void inPlace(Build b, Tensor t, Elementwise f) {
    MemoryDesc d = flat(b, t);
    b.primitive(Primitives.elementwise(d, f), Arg.read(Primitives.SOURCE, d, t.slot()), Arg.write(Primitives.DESTINATION, d, t.slot()));
  }
}
