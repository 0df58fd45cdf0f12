package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.GroupedConvolution;
import dev.cardinal.cpu.onednn.tiles.GroupedGradient;
import dev.cardinal.cpu.onednn.tiles.GroupedShape;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** Convolutions in groups of few channels by machine code of ours. Every method says whether it took the node. */
final class GroupedConvolutions {
  private static final String DETAIL = "grouped";

  private GroupedConvolutions() {}

  /** y = x * W. */
  static boolean forward(Node n, Build b) {
    return forward(n, b, Followed.by(((Conv) n.op()).activation(), n.output(0)));
  }

  /** The same with what follows it. */
  static boolean forward(Node n, Build b, Followed followed) {
    TensorType x = n.input(0).type();
    return followed.residual() == null
        && convolution(n, b, samples -> GroupedShape.of(((Conv) n.op()).geometry(), ConvTrials.samples(x, samples).shape(), n.input(1).type().shape()), x, false, followed);
  }

  /** dx: every place gathers what it gave to. */
  static boolean backwardData(Node n, Build b) {
    ConvBackwardData op = (ConvBackwardData) n.op();
    TensorType dx = n.output(0).type();
    return convolution(n, b, samples -> GroupedShape.of(op.geometry(), ConvTrials.samples(dx, samples).shape(), n.input(1).type().shape()), dx, true, Followed.by(op.activation(), n.output(0)));
  }

  /** dW. */
  static boolean backwardWeights(Node n, Build b) {
    Value x = n.input(0);
    Value dw = n.output(0);
    IntFunction<GroupedShape> shapes = samples -> GroupedShape.of(((ConvBackwardWeights) n.op()).geometry(), ConvTrials.samples(x.type(), samples).shape(), dw.type().shape());
    GroupedShape s = shapes.apply(x.type().shape().dim(0));
    if (!suits(b, x, s) || !GroupedTrials.isGradientFaster(n, b, s, shapes)) {
      return false;
    }
    GroupedGradient g = b.own(new GroupedGradient(s, b.threads()));
    Slot xs = b.again(x, Order.CHANNELS_LAST).slot();
    Slot dys = b.in(n.input(1), Order.CHANNELS_LAST).slot();
    Slot out = b.out(dw, Order.PLAIN).slot();
    Slot given = b.temp(s.weightBytes());
    LongSupplier work = b.scratch(g.workBytes());
    b.step(DETAIL, List.of(xs, dys), List.of(given), () -> g.bind(xs.address(), dys.address(), given.address(), work.getAsLong()));
    b.reorder(b.own(s.arranged(true)), given, b.own(s.lying(true)), out);
    return true;
  }

  private static boolean suits(Build b, Value from, GroupedShape s) {
    return TileCode.hasVectors() && b.mapOrder(from) == Order.CHANNELS_LAST && s != null;
  }

  private static boolean convolution(Node n, Build b, IntFunction<GroupedShape> shapes, TensorType x, boolean backward, Followed followed) {
    Activation.Kind activation = followed.activation();
    boolean simple = activation == Activation.Kind.IDENTITY || activation.rectifies();
    GroupedShape s = shapes.apply(x.shape().dim(0));
    boolean sums = TileConvolutions.isNormalised(b, n.output(0));
    if (!simple || !suits(b, n.input(0), s) || !GroupedTrials.isFaster(n, b, s, backward, sums, shapes)) {
      return false;
    }
    float least = activation == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    float most = activation.most();
    GroupedConvolution c = b.own(new GroupedConvolution(s, b.threads(), backward, least, most));
    Slot from = b.in(n.input(0), Order.CHANNELS_LAST).slot();
    Slot weights = weights(n.input(1), b, s, backward, followed.scale());
    Slot bias = followed.shift() != null ? followed.shift().slot() : n.inputs().size() == 3 ? b.in(n.input(2), Order.PLAIN).slot() : null;
    Slot to = b.out(followed.result(), Order.CHANNELS_LAST).slot();
    TileConvolutions.Summed summed = sums ? new TileConvolutions.Summed(c.moments(), b.temp(c.moments().bytes())) : null;
    List<Slot> writes = new ArrayList<>(List.of(to));
    if (summed != null) {
      TileConvolutions.keep(b, n.output(0), summed);
      writes.add(summed.slot());
    }
    List<Slot> reads = new ArrayList<>(List.of(from, weights));
    if (bias != null) {
      reads.add(bias);
    }
    b.step(DETAIL, reads, writes, () -> c.bind(from.address(), weights.address(), bias == null ? 0 : bias.address(), to.address(), summed == null ? 0 : summed.slot().address()));
    return true;
  }

  /** Weights as the kernel wants them, multiplied by a factor for each output if there are any. */
  private static Slot weights(Value w, Build b, GroupedShape s, boolean backward, Tensor factors) {
    Slot weights = b.temp(s.weightBytes());
    MemoryDesc lying = b.own(s.lying(backward));
    MemoryDesc arranged = b.own(s.arranged(backward));
    if (factors == null) {
      b.reorder(lying, b.in(w, Order.PLAIN).slot(), arranged, weights);
    } else {
      b.reorderScaled(w.name(), lying, b.in(w, Order.PLAIN).slot(), GroupedShape.OUTPUT_AXES, factors, arranged, weights);
    }
    return weights;
  }
}
