package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.backend.UnsupportedOnDeviceException;
import dev.cardinal.cpu.onednn.binding.ConvShape;
import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The convolution family. Feature maps are kept channels last, in full precision or rounded; weights stay row-major between operations and are reordered to what each primitive likes, which differs between the three and costs
 * little beside them.
 */
final class Convolutions {
  /** Feature maps of at most this many channels may stay row-major where they arrive so: the first layer of a network. */
  private static final int FEW_CHANNELS = 4;

  /** Floats in the widest vector: narrower groups leave lanes idle. */
  private static final int VECTOR = 16;

  /** Orders of the two feature maps. */
  private record Orders(Order x, Order y) {}

  /** Makes the primitive for some orders of x and y, the weights' layout being left to it. */
  private interface Maker {
    Primitive make(ConvShape s, MemoryDesc x, MemoryDesc weights, MemoryDesc y);
  }

  private record Choice(Primitive primitive, Orders orders, MemoryDesc x, MemoryDesc y) {}

  private Convolutions() {}

  static void forward(Node n, Build b) {
    if (Followed.normalisation(n, b) != null) {
      // Computed with it, where all its operands are there.
      b.postpone(n);
      return;
    }
    alone(n, b);
  }

  private static void alone(Node n, Build b) {
    if (!DepthwiseConvolutions.forward(n, b) && !GroupedConvolutions.forward(n, b) && !TileConvolutions.forward(n, b) && !PointwiseConvolutions.forward(n, b) && !NarrowGroups.forward(n, b) && !forward(n, b, Followed.by(((Conv) n.op()).activation(), n.output(0)))) {
      throw noKernel(n);
    }
  }

  /** A convolution and the normalisation that follows it in one, if there is a kernel for that; else the convolution alone. */
  static boolean forward(Node n, Node normalisation, Build b) {
    Followed followed = Followed.by(normalisation, b);
    b.node(n);
    boolean done = GroupedConvolutions.forward(n, b, followed) || TileEvaluations.forward(n, b, followed) || PointwiseConvolutions.forward(n, b, followed) || forward(n, b, followed);
    if (!done) {
      alone(n, b);
    }
    b.node(normalisation);
    return done;
  }

  private static boolean forward(Node n, Build b, Followed followed) {
    Conv op = (Conv) n.op();
    Value x = n.input(0);
    Value y = followed.result();
    long[] dims = weightDims(n.input(1).type().shape(), op.geometry().groups());
    boolean normalised = followed.scale() != null;
    MemoryDesc bias = normalised || n.inputs().size() == 3 ? b.own(MemoryDesc.rowMajor(y.type().shape().dim(1))) : null;
    ConvShape s = shape(op.geometry(), b);
    Choice c = choose(n, b, s, x, x, y, dims, b.mapOrder(y), !normalised, (how, xd, wd, yd) -> Primitives.convolution(how, xd, wd, bias, yd, followed.ofScaledWeights(yd)));
    if (c != null && normalised && c.primitive.isReference()) {
      c.primitive.close();
      c = null;
    }
    if (c == null) {
      return false;
    }
    Slot xs = b.in(x, c.orders.x).slot();
    MemoryDesc wd = b.own(c.primitive.weights());
    Slot ws = normalised ? scaled(b, n.input(1), op.geometry().groups(), followed.scale(), wd) : weights(b, n.input(1), op.geometry().groups(), wd);
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, c.x, xs), Arg.read(Primitives.WEIGHTS, wd, ws)));
    if (bias != null) {
      args.add(Arg.read(Primitives.BIAS, bias, normalised ? followed.shift().slot() : b.in(n.input(2), Order.PLAIN).slot()));
    }
    followed.operands(b, followed.ofScaledWeights(c.y), c.orders.y, args);
    args.add(Arg.write(Primitives.DESTINATION, c.y, b.out(y, c.orders.y).slot()));
    b.primitive(c.primitive, args.toArray(new Arg[0]));
    return true;
  }

  static void backwardData(Node n, Build b) {
    if (DepthwiseConvolutions.backwardData(n, b) || GroupedConvolutions.backwardData(n, b) || TileConvolutions.backwardData(n, b) || PointwiseConvolutions.backwardData(n, b) || NarrowGroups.backwardData(n, b)) {
      return;
    }
    ConvBackwardData op = (ConvBackwardData) n.op();
    Value dy = n.input(0);
    Value dx = n.output(0);
    long[] dims = weightDims(n.input(1).type().shape(), op.geometry().groups());
    ConvShape s = shape(op.geometry(), b);
    boolean plain = n.inputs().size() == 2 && op.activation() == Activation.Kind.IDENTITY;
    // What follows in place is computed in full precision.
    Choice c = choose(n, b, s, dy, dx, dy, dims, plain ? b.mapOrder(dx) : Order.CHANNELS_LAST, true, Primitives::convolutionBackwardData);
    if (c == null) {
      throw noKernel(n);
    }
    Slot dys = b.in(dy, c.orders.y).slot();
    MemoryDesc wd = b.own(c.primitive.weights());
    Slot ws = weights(b, n.input(1), op.geometry().groups(), wd);
    Tensor out = b.out(dx, c.orders.x);
    b.primitive(c.primitive, Arg.read(Primitives.DESTINATION_GRADIENT, c.y, dys), Arg.read(Primitives.WEIGHTS, wd, ws), Arg.write(Primitives.SOURCE_GRADIENT, c.x, out.slot()));
    if (n.inputs().size() == 3) {
      Normalisations.addPerChannel(b, out, b.in(n.input(2), Order.PLAIN));
    }
    if (op.activation() != Activation.Kind.IDENTITY) {
      Pointwise.inPlace(b, out, fused(op.activation()));
    }
  }

  static void backwardWeights(Node n, Build b) {
    if (DepthwiseConvolutions.backwardWeights(n, b) || GroupedConvolutions.backwardWeights(n, b) || TileConvolutions.backwardWeights(n, b) || PointwiseConvolutions.backwardWeights(n, b) || NarrowGroups.backwardWeights(n, b)) {
      return;
    }
    ConvBackwardWeights op = (ConvBackwardWeights) n.op();
    Value x = n.input(0);
    Value dy = n.input(1);
    Shape w = n.output(0).type().shape();
    int merged = mergedGroups(w, op.geometry().groups());
    long[] dims = weightDims(Shape.of(w.dim(0), w.dim(1) * merged, w.spatial()), op.geometry().groups() / merged);
    MemoryDesc any = b.own(MemoryDesc.any(dims));
    ConvShape s = shape(op.geometry(), b);
    Choice c = choose(n, b, s, x, x, dy, dims, b.mapOrder(x), true, (how, xd, wd, yd) -> Primitives.convolutionBackwardWeights(how, xd, wd, any, yd));
    if (c == null) {
      throw noKernel(n);
    }
    Slot xs = b.again(x, c.orders.x).slot();
    Slot dys = b.in(dy, c.orders.y).slot();
    MemoryDesc wd = b.own(c.primitive.weightsGradient());
    MemoryDesc plain = b.own(MemoryDesc.rowMajor(dims));
    Slot out = b.out(n.output(0), Order.PLAIN).slot();
    boolean direct = wd.sameAs(plain);
    Slot whole = merged == 1 ? out : b.temp(plain.bytes());
    Slot dws = direct ? whole : b.temp(wd.bytes());
    b.primitive(c.primitive, Arg.read(Primitives.SOURCE, c.x, xs), Arg.read(Primitives.DESTINATION_GRADIENT, c.y, dys), Arg.write(Primitives.WEIGHTS_GRADIENT, wd, dws));
    if (!direct) {
      b.reorder(wd, dws, plain, whole);
    }
    if (merged > 1) {
      diagonal(b, w, op.geometry().groups(), merged, whole, out);
    }
  }

  /**
   * How many neighbouring groups to compute as one. The kernel for narrow groups wastes its vector lanes: gradients of all pairs of channels of some groups cost less than those within each group
   * alone, of which only the latter are kept (the diagonal blocks). Measured on AVX-512 at 4 channels per group: 8.9 ms against 15.2 ms (128 channels, 56×56, batch 16). Depthwise convolution has
   * a kernel of its own.
   */
  static int mergedGroups(Shape w, int groups) {
    int widest = Math.max(w.dim(0) / groups, w.dim(1));
    int merged = VECTOR / widest;
    boolean depthwise = w.dim(1) == 1;
    return depthwise || merged < 2 || groups % merged != 0 || groups == merged || VECTOR % widest != 0 ? 1 : merged;
  }

  /** Copies the diagonal blocks of merged groups. */
  private static void diagonal(Build b, Shape w, int groups, int merged, Slot whole, Slot out) {
    long row = w.spatialSize() * w.dim(1);
    long perGroup = w.dim(0) / groups;
    long outer = groups / merged;
    MemoryDesc wide = b.own(MemoryDesc.rowMajor(outer, merged * perGroup, merged * row));
    MemoryDesc narrow = b.own(MemoryDesc.rowMajor(outer, merged * perGroup, row));
    long[] block = {outer, perGroup, row};
    for (int i = 0; i < merged; i++) {
      MemoryDesc from = b.own(MemoryDesc.box(wide, block, new long[] {0, i * perGroup, i * row}));
      MemoryDesc to = b.own(MemoryDesc.box(narrow, block, new long[] {0, i * perGroup, 0}));
      b.reorder(from, whole, to, out);
    }
  }

  /**
   * The fastest orders that have a real kernel: rounded where that is wanted, channels last, or row-major, or the first layer's mixture.
   *
   * @return null if there is no kernel at all
   * @param given what the operation reads first
   * @param dims of the weights
   * @param wanted the order of maps beside it
   * @param measured whether to time what rivals the library's proposal
   */
  private static Choice choose(Node n, Build b, ConvShape s, Value given, Value x, Value y, long[] dims, Order wanted, boolean measured, Maker maker) {
    boolean first = given == x && !b.has(x, Order.CHANNELS_LAST) && x.type().shape().dim(1) <= FEW_CHANNELS;
    List<Orders> candidates = new ArrayList<>();
    if (wanted == Order.REDUCED) {
      candidates.add(new Orders(wanted, wanted));
    }
    if (first) {
      candidates.add(new Orders(Order.PLAIN, Order.CHANNELS_LAST));
    }
    candidates.add(new Orders(Order.CHANNELS_LAST, Order.CHANNELS_LAST));
    candidates.add(new Orders(Order.PLAIN, Order.PLAIN));
    Choice fallback = null;
    for (Orders o : candidates) {
      MemoryDesc xd = b.describe(x.type(), o.x);
      MemoryDesc yd = b.describe(y.type(), o.y);
      MemoryDesc wd = b.own(o.x == Order.REDUCED ? MemoryDesc.reducedAny(dims) : MemoryDesc.any(dims));
      Primitive p = maker.make(s, xd, wd, yd);
      while (p != null && p.isBatchReduce() && isPaddedVolume(n)) {
        if (!p.nextImplementation()) {
          p.close();
          p = null;
        }
      }
      if (p != null && !p.isReference()) {
        return new Choice(measured ? fastest(n, b, p, s, x.type(), y.type(), o, dims, wd, maker) : p, o, xd, yd);
      }
      if (p != null && fallback == null && o.x != Order.REDUCED) {
        fallback = new Choice(p, o, xd, yd);
      } else if (p != null) {
        p.close();
      }
    }
    return fallback;
  }

  private static UnsupportedOnDeviceException noKernel(Node n) {
    return new UnsupportedOnDeviceException(n.name() + ": oneDNN has no kernel for " + n.op() + " on " + n.inputTypes() + "; use cpu:reference");
  }

  /** The fastest of the library's implementations for these orders, as measured once; {@code first} is the one that the library proposes. */
  private static Primitive fastest(Node n, Build b, Primitive first, ConvShape s, TensorType x, TensorType y, Orders o, long[] dims, MemoryDesc weights, Maker maker) {
    if (isPaddedVolume(n) || x.shape().size() == 0) {
      return first;
    }
    String key = n.op() + " " + n.inputTypes() + " " + n.outputTypes() + " " + o + (b.reduced() ? " reduced" : "") + " " + Arrays.toString(dims);
    String name = b.choices().of(key, () -> {
      MemoryDesc xd = b.describe(ConvTrials.few(x, b), o.x);
      MemoryDesc yd = b.describe(ConvTrials.few(y, b), o.y);
      return ConvTrials.fastest(n, b, first.implementation(), xd, yd, () -> maker.make(s.asTrial(), xd, weights, yd));
    });
    if (name == null) {
      return first;
    }
    while (!first.implementation().equals(name)) {
      if (!first.nextImplementation()) {
        // The library has no such implementation here after all: what it proposes.
        first.close();
        return maker.make(s, b.describe(x, o.x), weights, b.describe(y, o.y));
      }
    }
    return first;
  }

  /**
   * Whether this is a forward convolution in 3-D with padding: oneDNN 3.11's batch-reduce kernels give wrong values for some of these, or read outside their memory.
   */
  private static boolean isPaddedVolume(Node n) {
    return n.op() instanceof Conv c && c.geometry().rank() == 3 && !(c.geometry().padLow().isAll(0) && c.geometry().padHigh().isAll(0));
  }

  /** A variable's weights in the layout of a primitive. */
  private static Slot weights(Build b, Value w, int groups, MemoryDesc wanted) {
    MemoryDesc plain = b.own(MemoryDesc.rowMajor(weightDims(w.type().shape(), groups)));
    Slot given = b.in(w, Order.PLAIN).slot();
    if (wanted.sameAs(plain)) {
      return given;
    }
    Slot reordered = b.temp(wanted.bytes());
    b.reorder(plain, given, wanted, reordered);
    return reordered;
  }

  /** The weights multiplied by a factor for each output channel, in the layout of a primitive. */
  private static Slot scaled(Build b, Value w, int groups, Tensor factors, MemoryDesc wanted) {
    MemoryDesc plain = b.own(MemoryDesc.rowMajor(weightDims(w.type().shape(), groups)));
    Slot to = b.temp(wanted.bytes());
    b.reorderScaled(w.name(), plain, b.in(w, Order.PLAIN).slot(), groups == 1 ? 1 : 2, factors, wanted, to);
    return to;
  }

  /** {@code [Cout, Cin/groups, k…]} as oneDNN writes it: with the groups as an axis of their own. */
  static long[] weightDims(Shape w, int groups) {
    int extra = groups == 1 ? 0 : 1;
    long[] d = new long[w.rank() + extra];
    if (groups > 1) {
      d[0] = groups;
    }
    d[extra] = w.dim(0) / groups;
    for (int i = 1; i < w.rank(); i++) {
      d[extra + i] = w.dim(i);
    }
    return d;
  }

  static ConvShape shape(ConvGeometry g, Build b) {
    return new ConvShape(longs(g.stride(), 0), longs(g.dilation(), -1), longs(g.padLow(), 0), longs(g.padHigh(), 0), b.reduced(), false);
  }

  static long[] longs(Spatial s, int plus) {
    long[] v = new long[s.rank()];
    for (int i = 0; i < v.length; i++) {
      v[i] = s.at(i) + plus;
    }
    return v;
  }

  /** What follows a product in the same primitive; {@code null} for nothing. */
  static Elementwise fused(Activation.Kind kind) {
    return switch (kind) {
      case IDENTITY -> null;
      case RELU -> Elementwise.relu(0);
      case RELU6 -> Elementwise.clip(0, 6);
      case SIGMOID -> Elementwise.sigmoid();
      case TANH -> Elementwise.tanh();
      case LEAKY_RELU, HARD_SWISH -> throw new IllegalArgumentException(kind + " is not fused: it needs a parameter or its input");
    };
  }
}
