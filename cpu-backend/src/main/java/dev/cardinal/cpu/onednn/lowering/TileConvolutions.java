package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.tiles.MomentParts;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.cpu.onednn.tiles.TileConvolution;
import dev.cardinal.cpu.onednn.tiles.TileGradient;
import dev.cardinal.cpu.onednn.tiles.TileShape;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** Convolutions by tiles, where the processor has them. Every method says whether it took the node. */
final class TileConvolutions {
  /** The key of sums over a value's rows. */
  private record SumsOf(Value map) {}

  /**
   * Sums over a map's rows that a convolution gave on the way.
   *
   * @param parts of rows
   * @param slot of the sums
   */
  record Summed(MomentParts parts, Slot slot) {}

  /** The first axes of weights as they lie: together the outputs. */
  static final int OUTPUT_AXES = 2;

  private TileConvolutions() {}

  /** The sums over the rows of a map, or {@code null}. */
  static Summed summed(Build b, Value map) {
    return b.kept(new SumsOf(map), Summed.class);
  }

  /** Lets {@link #summed} find sums. */
  static void keep(Build b, Value map, Summed sums) {
    b.keep(new SumsOf(map), sums);
  }

  /** Whether statistics of a map are wanted. */
  static boolean isNormalised(Build b, Value y) {
    return b.uses().readers(y).stream().anyMatch(r -> r.op() instanceof BatchNormTraining && r.input(0) == y);
  }

  /** y = x * W. */
  static boolean forward(Node n, Build b) {
    Conv op = (Conv) n.op();
    TensorType x = n.input(0).type();
    IntFunction<TileShape> shapes = samples -> TileShape.of(op.geometry(), ConvTrials.samples(x, samples).shape(), n.input(1).type().shape());
    TileShape s = suited(b, n.input(0), op.activation(), shapes.apply(x.shape().dim(0)));
    return s != null && TileTrials.isFaster(n, b, s, false, op.activation(), isNormalised(b, n.output(0)), shapes) && convolution(n, b, s, false, op.activation());
  }

  /** Whether a convolution's input might be normalised on the way. */
  static boolean canNormalise(Node n, Build b) {
    Conv op = (Conv) n.op();
    TileShape s = suited(b, n.input(0), op.activation(), TileShape.of(op.geometry(), n.input(0).type().shape(), n.input(1).type().shape()));
    return s != null && TileConvolution.normalises(s);
  }

  /** dx: the convolution of dy with the window turned round. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    TensorType dx = n.output(0).type();
    IntFunction<TileShape> shapes = samples -> {
      TileShape whole = TileShape.of(op.geometry(), ConvTrials.samples(dx, samples).shape(), n.input(1).type().shape());
      return whole == null ? null : whole.mirrored();
    };
    TileShape s = suited(b, n.input(0), op.activation(), shapes.apply(dx.shape().dim(0)));
    // Between positions that count there would be biases, limited.
    boolean plain = n.inputs().size() == 2 && op.activation() == Activation.Kind.IDENTITY;
    return s != null && (s.isDense() || plain) && TileTrials.isFaster(n, b, s, true, op.activation(), false, shapes) && convolution(n, b, s, true, op.activation());
  }

  /** dW. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dy = n.input(1);
    Value dw = n.output(0);
    IntFunction<TileShape> shapes = samples -> TileShape.of(((ConvBackwardWeights) n.op()).geometry(), ConvTrials.samples(x.type(), samples).shape(), dw.type().shape());
    TileShape s = shapes.apply(x.type().shape().dim(0));
    if (!isThere(b, x) || s == null || !TileGradient.suits(s) || !TileTrials.isGradientFaster(n, b, s, shapes)) {
      return false;
    }
    TileGradient g = b.own(new TileGradient(s, b.threads()));
    TileNormalisations.Source source = TileGradient.normalises(s) ? TileNormalisations.source(b, x) : null;
    if (source != null) {
      normalised(b, g, source, dy, dw);
      return true;
    }
    Slot xs = b.again(x, Order.CHANNELS_LAST).slot();
    Slot dys = b.in(dy, Order.CHANNELS_LAST).slot();
    Slot out = b.out(dw, Order.PLAIN).slot();
    Slot given = s.taps() == 1 ? out : b.temp(dw.type().bytes());
    LongSupplier work = b.scratch(g.workBytes());
    b.step("tiles", List.of(xs, dys), List.of(given), () -> g.bind(xs.address(), dys.address(), given.address(), work.getAsLong()));
    if (s.taps() > 1) {
      b.reorder(b.own(given(s)), given, b.own(MemoryDesc.rowMajor(s.out(), s.depth(), s.taps())), out);
    }
    return true;
  }

  /** Of a map that is normalised on the way instead of being made anew. */
  private static void normalised(Build b, TileGradient g, TileNormalisations.Source source, Value dy, Value dw) {
    List<Slot> reads = source.slots();
    Slot xs = reads.get(0);
    Slot dys = b.in(dy, Order.CHANNELS_LAST).slot();
    Slot out = b.out(dw, Order.PLAIN).slot();
    reads.add(dys);
    LongSupplier work = b.scratch(g.workBytes());
    b.step("tiles", reads, List.of(out), () -> g.bind(xs.address(), source.scaling(), dys.address(), out.address(), work.getAsLong()));
  }

  /** How the gradient of weights with several taps comes, {@code [out, depth, taps]}. */
  static MemoryDesc given(TileShape s) {
    long row = s.depth();
    return MemoryDesc.strided(new long[] {s.out(), row, s.taps()}, new long[] {row, 1, s.out() * row});
  }

  private static boolean isThere(Build b, Value from) {
    return TileCode.isThere() && b.mapOrder(from) == Order.CHANNELS_LAST;
  }

  static TileShape suited(Build b, Value from, Activation.Kind activation, TileShape s) {
    boolean simple = activation == Activation.Kind.IDENTITY || activation.rectifies();
    return isThere(b, from) && simple && s != null && TileConvolution.suits(s) ? s : null;
  }

  private static boolean convolution(Node n, Build b, TileShape s, boolean mirrored, Activation.Kind activation) {
    float least = activation == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    float most = activation.most();
    TileConvolution c = b.own(new TileConvolution(s, b.threads(), mirrored, least, most));
    TileNormalisations.Source source = !mirrored && TileConvolution.normalises(s) && b.isDeferred(n.input(0)) ? TileNormalisations.source(b, n.input(0)) : null;
    Slot from = source == null ? b.in(n.input(0), Order.CHANNELS_LAST).slot() : source.x().slot();
    Slot weights = weights(b, n.input(1), s, mirrored);
    Slot bias = n.inputs().size() == 3 ? b.in(n.input(2), Order.PLAIN).slot() : null;
    Slot to = b.out(n.output(0), Order.CHANNELS_LAST).slot();
    LongSupplier work = b.scratch(c.workBytes());
    Summed summed = isNormalised(b, n.output(0)) && c.moments() != null ? new Summed(c.moments(), b.temp(c.moments().bytes())) : null;
    if (summed != null) {
      keep(b, n.output(0), summed);
    }
    List<Slot> writes = new ArrayList<>(List.of(to));
    if (summed != null) {
      writes.add(summed.slot);
    }
    List<Slot> reads = source == null ? new ArrayList<>(List.of(from)) : source.slots();
    reads.add(weights);
    if (bias != null) {
      reads.add(bias);
    }
    if (source != null) {
      writes.add(source.bits());
    }
    b.step("tiles", reads, writes, () -> {
      long biases = bias == null ? 0 : bias.address();
      long sums = summed == null ? 0 : summed.slot.address();
      return source == null ? c.bind(from.address(), weights.address(), biases, to.address(), sums, work.getAsLong())
          : c.bind(from.address(), source.scaling(), source.bits().address(), weights.address(), biases, to.address(), sums, work.getAsLong());
    });
    return true;
  }

  /** The weights as the product wants them. */
  private static Slot weights(Build b, Value w, TileShape s, boolean mirrored) {
    Slot given = b.in(w, Order.PLAIN).slot();
    if (lieAsWanted(s, mirrored)) {
      return given;
    }
    MemoryDesc to = b.own(wanted(w.type().shape(), s, mirrored));
    Slot reordered = b.temp(to.bytes());
    b.reorder(b.own(lying(w.type().shape(), s)), given, to, reordered);
    return reordered;
  }

  /** Whether the product wants weights as they lie. */
  static boolean lieAsWanted(TileShape s, boolean mirrored) {
    return s.taps() == 1 && (s.groups() == 1 || !mirrored);
  }

  /** How weights lie, {@code [groups, out, in, taps]}. */
  static MemoryDesc lying(Shape w, TileShape s) {
    return MemoryDesc.rowMajor(dims(w, s));
  }

  /** How the product wants them. */
  static MemoryDesc wanted(Shape w, TileShape s, boolean mirrored) {
    long row = s.out();
    long group = row / s.groups();
    return MemoryDesc.strided(dims(w, s), mirrored ? new long[] {group, row, 1, s.depth() * row} : new long[] {group * s.depth(), s.depth(), 1, s.depth() * row});
  }

  private static long[] dims(Shape w, TileShape s) {
    return new long[] {s.groups(), w.dim(0) / s.groups(), w.dim(1), s.taps()};
  }
}
