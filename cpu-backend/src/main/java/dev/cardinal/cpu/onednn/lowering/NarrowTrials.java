package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.ConvShape;
import dev.cardinal.cpu.onednn.binding.Following;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.narrow.NarrowPrimitives;
import dev.cardinal.cpu.onednn.narrow.NarrowShape;
import dev.cardinal.cpu.onednn.narrow.NarrowWork;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.function.Function;

/** Times convolutions over sorted channels against the library's kernel for groups, on a few samples of the batch. */
final class NarrowTrials {
  /** The name of sorted channels as a winner. */
  static final String SORTED = "sorted";
  private static final String LIBRARY = "library";
  private static final int ROUNDS = 7;
  private static final int WARM_UPS = 12;
  /** What is not faster by that much might be so by chance. */
  private static final double CLEARLY = 0.93;

  private NarrowTrials() {}

  /** The faster of the two. */
  static String winner(Node n, Build b, NarrowShape whole, Function<NarrowShape, NarrowWork> maker) {
    boolean gradient = n.op() instanceof ConvBackwardWeights;
    boolean forward = n.op() instanceof Conv;
    Value x = n.op() instanceof ConvBackwardData ? n.output(0) : n.input(0);
    Value y = gradient ? n.input(1) : forward ? n.output(0) : n.input(0);
    Shape w = gradient ? n.output(0).type().shape() : n.input(1).type().shape();
    NarrowShape s = whole.of(ConvTrials.few(x.type(), b).shape().dim(0));
    try (NarrowPrimitives owned = new NarrowPrimitives(); NarrowWork sorted = maker.apply(s)) {
      MemoryDesc xd = b.describe(ConvTrials.few(x.type(), b), Order.CHANNELS_LAST);
      MemoryDesc yd = b.describe(ConvTrials.few(y.type(), b), Order.CHANNELS_LAST);
      Primitive library = library(n, b, owned, xd, w, yd);
      if (library == null || library.isReference()) {
        return SORTED;
      }
      MemoryDesc wd = owned.own(gradient ? library.weightsGradient() : library.weights());
      long xs = memory(owned, xd.bytes());
      long ys = memory(owned, yd.bytes());
      long ws = memory(owned, wd.bytes());
      long bias = memory(owned, (long) Math.max(w.dim(0), w.dim(1) * s.groups()) * Float.BYTES);
      library.bind(List.of(new Argument(forward || gradient ? Primitives.SOURCE : Primitives.SOURCE_GRADIENT, xd, xs),
          new Argument(gradient ? Primitives.WEIGHTS_GRADIENT : Primitives.WEIGHTS, wd, ws), new Argument(forward ? Primitives.DESTINATION : Primitives.DESTINATION_GRADIENT, yd, ys)));
      boolean ahead = forward || gradient;
      return race(library::execute, sorted.bind(ahead ? xs : ys, ws, bias, ahead ? ys : xs, memory(owned, sorted.workBytes())));
    }
  }

  private static Primitive library(Node n, Build b, NarrowPrimitives owned, MemoryDesc x, Shape w, MemoryDesc y) {
    if (n.op() instanceof ConvBackwardWeights op) {
      int merged = Convolutions.mergedGroups(w, op.geometry().groups());
      long[] dims = Convolutions.weightDims(Shape.of(w.dim(0), w.dim(1) * merged, w.spatial()), op.geometry().groups() / merged);
      MemoryDesc wd = owned.own(MemoryDesc.any(dims));
      return owned(owned, Primitives.convolutionBackwardWeights(moves(op.geometry(), b), x, wd, wd, y));
    }
    if (n.op() instanceof ConvBackwardData op) {
      return owned(owned, Primitives.convolutionBackwardData(moves(op.geometry(), b), x, owned.own(MemoryDesc.any(Convolutions.weightDims(w, op.geometry().groups()))), y));
    }
    ConvGeometry g = ((Conv) n.op()).geometry();
    return owned(owned, Primitives.convolution(moves(g, b), x, owned.own(MemoryDesc.any(Convolutions.weightDims(w, g.groups()))), null, y, Following.only(null)));
  }

  private static Primitive owned(NarrowPrimitives owned, Primitive p) {
    return p == null ? null : owned.own(p);
  }

  private static ConvShape moves(ConvGeometry g, Build b) {
    return Convolutions.shape(g, b).asTrial();
  }

  private static long memory(NarrowPrimitives owned, long bytes) {
    NativeMemory m = owned.own(NativeMemory.allocate(Math.max(Float.BYTES, bytes), "a trial"));
    m.touch();
    return m.address();
  }

  /** By the shortest of several runs in turns: what else takes the processor would have to do so in every run of the one and spare one of the other. */
  private static String race(Runnable library, Runnable sorted) {
    // Java's loops over weights are slow until they are compiled.
    for (int i = 0; i < WARM_UPS; i++) {
      sorted.run();
    }
    double first = Double.POSITIVE_INFINITY;
    double second = Double.POSITIVE_INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      first = Math.min(first, seconds(library));
      second = Math.min(second, seconds(sorted));
    }
    return second < CLEARLY * first ? SORTED : LIBRARY;
  }

  private static double seconds(Runnable r) {
    long begin = System.nanoTime();
    r.run();
    return (System.nanoTime() - begin) / 1e9;
  }
}
