package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.TileConvolution;
import dev.cardinal.cpu.onednn.tiles.TileShape;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Convolutions by tiles together with the batch normalisation by given statistics that follows: its factors go into the weights, what it adds is a bias. A residual is added in a pass of its own, which often takes
 * less than tiles save.
 */
final class TileEvaluations {
  private TileEvaluations() {}

  /** Whether it took the node and what follows it. */
  static boolean forward(Node n, Build b, Followed followed) {
    Conv op = (Conv) n.op();
    TensorType x = n.input(0).type();
    Shape w = n.input(1).type().shape();
    IntFunction<TileShape> shapes = samples -> TileShape.of(op.geometry(), ConvTrials.samples(x, samples).shape(), w);
    TileShape s = TileConvolutions.suited(b, n.input(0), followed.activation(), shapes.apply(x.shape().dim(0)));
    if (s == null || s.macs() < OwnTrials.FEWEST_MACS || !isFaster(n, b, followed, shapes)) {
      return false;
    }
    Activation.Kind limits = followed.residual() == null ? followed.activation() : Activation.Kind.IDENTITY;
    float least = limits == Activation.Kind.IDENTITY ? Float.NEGATIVE_INFINITY : 0;
    float most = limits.most();
    TileConvolution c = b.own(new TileConvolution(s, b.threads(), false, least, most));
    Slot from = b.in(n.input(0), Order.CHANNELS_LAST).slot();
    MemoryDesc wanted = b.own(TileConvolutions.wanted(w, s, false));
    Slot weights = b.temp(wanted.bytes());
    b.reorderScaled(n.input(1).name(), b.own(TileConvolutions.lying(w, s)), b.in(n.input(1), Order.PLAIN).slot(), TileConvolutions.OUTPUT_AXES, followed.scale(), wanted, weights);
    Slot bias = followed.shift().slot();
    Tensor to = b.out(followed.result(), Order.CHANNELS_LAST);
    LongSupplier work = b.scratch(c.workBytes());
    b.step("tiles", List.of(from, weights, bias), List.of(to.slot()), () -> c.bind(from.address(), weights.address(), bias.address(), to.slot().address(), 0, work.getAsLong()));
    if (followed.residual() != null) {
      MemoryDesc d = b.own(MemoryDesc.rowMajor(to.size()));
      Slot residual = b.in(followed.residual(), Order.CHANNELS_LAST).slot();
      b.primitive(Primitives.add(d, Convolutions.fused(followed.activation())), Arg.read(Primitives.SOURCE, d, to.slot()), Arg.read(Primitives.SOURCE_1, d, residual),
          Arg.write(Primitives.DESTINATION, d, to.slot()));
    }
    return true;
  }

  /** Times both without factors, and the library's without the residual that it would add on its way. */
  private static boolean isFaster(Node n, Build b, Followed followed, IntFunction<TileShape> shapes) {
    boolean added = followed.residual() != null;
    return OwnTrials.isFaster(n, b, added ? "tiles with residual" : "tiles with normalisation", true, (samples, o) -> {
      TileShape few = shapes.apply(samples);
      TileConvolution c = o.own(new TileConvolution(few, b.threads(), false, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY));
      Shape w = n.input(1).type().shape();
      MemoryDesc wanted = o.own(TileConvolutions.wanted(w, few, false));
      long weights = o.memory(wanted.bytes());
      Runnable reorder = o.reorder(o.own(TileConvolutions.lying(w, few)), o.weights(), wanted, weights);
      Runnable run = OwnTrials.inTurn(reorder, c.bind(o.x(), weights, o.bias(), o.y(), 0, o.memory(c.workBytes())));
      return added ? OwnTrials.inTurn(run, addition(o, ConvTrials.samples(n.output(0).type(), samples))) : run;
    });
  }

  private static Runnable addition(OwnTrials.Operands o, TensorType y) {
    MemoryDesc d = o.own(MemoryDesc.rowMajor(y.shape().size()));
    Primitive p = o.own(Primitives.add(d, null));
    p.bind(List.of(new Argument(Primitives.SOURCE, d, o.y()), new Argument(Primitives.SOURCE_1, d, o.memory(y.bytes())), new Argument(Primitives.DESTINATION, d, o.y())));
    return p::execute;
  }
}
