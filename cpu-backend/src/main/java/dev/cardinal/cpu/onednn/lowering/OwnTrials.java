package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.ConvShape;
import dev.cardinal.cpu.onednn.binding.Following;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.narrow.NarrowPrimitives;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.tiles.TileMoments;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Times a kernel of ours for a convolution or gradient against the library's, on some samples of the batch, and keeps the winner. Both start from weights as they lie between operations, or leave their
 * gradient so. The library's is the convolution that it proposes for maps that are channels last, whatever else would run instead: other implementations are seldom far from it.
 */
final class OwnTrials {
  /** Less work is the library's without a race: what ours would save there is less than what the races take. */
  static final long FEWEST_MACS = 4 << 20;
  private static final String LIBRARY = "library";
  /** Positions of the output to time, if there are so many: with few, what is done once a run for the weights would count more than it does for the batch. */
  private static final long FEW_POSITIONS = 512;

  /** A kernel of ours. */
  interface Own {
    /** Makes the launch for so many samples. */
    Runnable bind(int samples, Operands o);

    /** What comes with our result but not with the library's: a launch that adds it to that, for so many samples. */
    default Runnable besides(int samples, Operands o) {
      return () -> { };
    }
  }

  /** Memory of a trial, of operands and results alike: maps that are channels last, weights as they lie, more biases than there are. */
  record Operands(NarrowPrimitives owned, long x, long weights, long bias, long y) {
    /** Takes something to close with the trial. */
    <T extends AutoCloseable> T own(T resource) {
      return owned.own(resource);
    }

    /** More memory. */
    long memory(long bytes) {
      return OwnTrials.memory(owned, bytes);
    }

    /** A copy from one layout to another. */
    Runnable reorder(MemoryDesc from, long source, MemoryDesc to, long target) {
      Primitive p = own(Primitives.reorder(from, to));
      p.bind(List.of(new Argument(Primitives.SOURCE, from, source), new Argument(Primitives.DESTINATION, to, target)));
      return p::execute;
    }
  }

  private OwnTrials() {}

  /**
   * Whether to take a kernel of ours.
   *
   * @param name what it is called in the file of choices
   * @param byRule whether it is taken where nothing is measured; then the library's must be clearly faster to win, else ours must
   */
  static boolean isFaster(Node n, Build b, String name, boolean byRule, Own own) {
    String chosen = b.choices().of(name + " " + n.op() + " " + n.inputTypes() + " " + n.outputTypes(), () -> isFaster(n, b, byRule, own) ? name : LIBRARY);
    return name.equals(chosen) || byRule && !LIBRARY.equals(chosen);
  }

  private static boolean isFaster(Node n, Build b, boolean byRule, Own own) {
    boolean gradient = n.op() instanceof ConvBackwardWeights;
    Value x = n.op() instanceof ConvBackwardData ? n.output(0) : n.input(0);
    Value y = n.op() instanceof Conv ? n.output(0) : gradient ? n.input(1) : n.input(0);
    TensorType w = gradient ? n.output(0).type() : n.input(1).type();
    int samples = samples(y.type().shape(), b);
    try (NarrowPrimitives owned = new NarrowPrimitives()) {
      MemoryDesc xd = b.describe(ConvTrials.samples(x.type(), samples), Order.CHANNELS_LAST);
      MemoryDesc yd = b.describe(ConvTrials.samples(y.type(), samples), Order.CHANNELS_LAST);
      long bias = (long) Math.max(x.type().shape().dim(1), y.type().shape().dim(1)) * Float.BYTES;
      Operands o = new Operands(owned, memory(owned, xd.bytes()), memory(owned, w.bytes()), memory(owned, bias), memory(owned, yd.bytes()));
      ConvGeometry g = geometry(n);
      Runnable library = library(n, g, b, o, xd, w.shape(), yd, PointwiseConvolutions.isProduct(n, b, g, x, y, w.shape()));
      if (library == null) {
        return true;
      }
      Runnable ours = own.bind(samples, o);
      Runnable theirs = inTurn(library, own.besides(samples, o));
      return byRule ? Race.winner(List.of(ours, theirs)) == 0 : Race.winner(List.of(theirs, ours)) == 1;
    }
  }

  private static ConvGeometry geometry(Node n) {
    return n.op() instanceof Conv c ? c.geometry() : n.op() instanceof ConvBackwardData d ? d.geometry() : ((ConvBackwardWeights) n.op()).geometry();
  }

  private static int samples(Shape y, Build b) {
    long enough = (FEW_POSITIONS + y.spatialSize() - 1) / y.spatialSize();
    return (int) Math.min(y.dim(0), Math.max(ConvTrials.few(y.dim(0), b), enough));
  }

  /**
   * The library's kernel and what brings weights into its layout or back, or {@code null} if it has only a slow one.
   *
   * @param direct whether weights need not be brought: a product of matrices would run instead, which takes them as they lie
   */
  private static Runnable library(Node n, ConvGeometry g, Build b, Operands o, MemoryDesc xd, Shape w, MemoryDesc yd, boolean direct) {
    boolean gradient = n.op() instanceof ConvBackwardWeights;
    boolean forward = n.op() instanceof Conv;
    int merged = gradient ? Convolutions.mergedGroups(w, g.groups()) : 1;
    long[] dims = Convolutions.weightDims(Shape.of(w.dim(0), w.dim(1) * merged, w.spatial()), g.groups() / merged);
    MemoryDesc any = o.own(MemoryDesc.any(dims));
    ConvShape s = Convolutions.shape(g, b).asTrial();
    Primitive p = gradient ? Primitives.convolutionBackwardWeights(s, xd, any, any, yd)
        : forward ? Primitives.convolution(s, xd, any, null, yd, Following.only(Convolutions.fused(((Conv) n.op()).activation()))) : Primitives.convolutionBackwardData(s, xd, any, yd);
    if (p == null || o.own(p).isReference()) {
      return null;
    }
    MemoryDesc wd = o.own(gradient ? p.weightsGradient() : p.weights());
    MemoryDesc plain = o.own(MemoryDesc.rowMajor(dims));
    long ws = o.memory(wd.bytes());
    p.bind(List.of(new Argument(forward || gradient ? Primitives.SOURCE : Primitives.SOURCE_GRADIENT, xd, o.x), new Argument(gradient ? Primitives.WEIGHTS_GRADIENT : Primitives.WEIGHTS, wd, ws),
        new Argument(forward ? Primitives.DESTINATION : Primitives.DESTINATION_GRADIENT, yd, o.y)));
    if (direct || wd.sameAs(plain)) {
      return p::execute;
    }
    long lying = merged == 1 ? o.weights : o.memory(plain.bytes());
    Runnable reorder = gradient ? o.reorder(wd, ws, plain, lying) : o.reorder(plain, lying, wd, ws);
    return gradient ? inTurn(p::execute, reorder) : inTurn(reorder, p::execute);
  }

  /** Mean and variance of the channels of the result, where a normalisation follows. */
  static Runnable moments(Node n, Build b, int samples, Operands o) {
    Shape y = n.output(0).type().shape();
    int channels = y.dim(1);
    TileMoments m = o.own(new TileMoments(samples * y.spatialSize(), channels, b.threads()));
    long bytes = (long) channels * Float.BYTES;
    return m.bind(n.op() instanceof ConvBackwardData ? o.x : o.y, Floats.at(o.memory(bytes), channels), Floats.at(o.memory(bytes), channels), o.memory(m.workBytes()));
  }

  /** One after the other. */
  static Runnable inTurn(Runnable first, Runnable second) {
    return () -> {
      first.run();
      second.run();
    };
  }

  private static long memory(NarrowPrimitives owned, long bytes) {
    NativeMemory m = owned.own(NativeMemory.allocate(Math.max(Float.BYTES, bytes), "a trial"));
    m.touch();
    return m.address();
  }
}
