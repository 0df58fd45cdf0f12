package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Times the library's implementations of a convolution or gradient against each other, on a few samples of the batch. */
final class ConvTrials {
  private static final int SAMPLES_PER_THREAD = 2;

  private ConvTrials() {}

  /**
   * Finds the fastest.
   *
   * @param proposed the library's first implementation
   * @param x layout of a few samples of the input
   * @param y layout of a few samples of the output
   * @param maker makes a trial's primitive for them
   * @return its name, or {@code null} if the library proposes it already or knows no other
   */
  static String fastest(Node n, Build b, String proposed, MemoryDesc x, MemoryDesc y, Supplier<Primitive> maker) {
    List<Primitive> rivals = rivals(proposed, maker);
    try {
      if (rivals.size() < 2 || !rivals.get(0).implementation().equals(proposed)) {
        return null;
      }
      Primitive best = rivals.get(timed(n, b, rivals, x, y));
      return best.implementation().equals(proposed) ? null : best.implementation();
    } finally {
      rivals.forEach(Primitive::close);
    }
  }

  /** Of a batch a few samples: enough for every thread to have work that its neighbour cannot take, few enough to take little time. With one sample a thread some kernels divide otherwise. */
  static int few(int batch, Build b) {
    return Math.min(SAMPLES_PER_THREAD * b.workers().threads(), batch);
  }

  /** The type of a few samples. */
  static TensorType few(TensorType t, Build b) {
    return samples(t, few(t.shape().dim(0), b));
  }

  /** The type of so many samples. */
  static TensorType samples(TensorType t, int samples) {
    Shape s = t.shape();
    return new TensorType(t.dtype(), Shape.of(samples, s.dim(1), s.spatial()));
  }

  /** One primitive for each implementation of the proposed one's instruction set. All are described before any is used: afterwards the library would go on with the one in use. */
  private static List<Primitive> rivals(String proposed, Supplier<Primitive> maker) {
    List<Primitive> found = new ArrayList<>();
    String set = instructions(proposed);
    for (int place = 0; ; place++) {
      Primitive p = maker.get();
      for (int i = 0; i < place && p != null; i++) {
        if (!p.nextImplementation()) {
          p.close();
          p = null;
        }
      }
      if (p == null || p.isReference()) {
        if (p != null) {
          p.close();
        }
        return found;
      }
      boolean known = false;
      for (Primitive f : found) {
        known |= f.implementation().equals(p.implementation());
      }
      if (known || !instructions(p.implementation()).equals(set)) {
        p.close();
      } else {
        found.add(p);
      }
    }
  }

  private static String instructions(String implementation) {
    return implementation.substring(implementation.lastIndexOf(':') + 1);
  }

  private static int timed(Node n, Build b, List<Primitive> rivals, MemoryDesc x, MemoryDesc y) {
    boolean givesWeights = n.op() instanceof ConvBackwardWeights;
    boolean forward = n.op() instanceof Conv;
    int channels = forward ? n.output(0).type().shape().dim(1) : 1;
    try (NativeMemory xs = filled(x.bytes()); NativeMemory ys = filled(y.bytes()); NativeMemory bias = filled((long) channels * Float.BYTES)) {
      MemoryDesc biasDesc = forward && n.inputs().size() == 3 ? b.own(MemoryDesc.rowMajor(channels)) : null;
      List<NativeMemory> weights = new ArrayList<>();
      try {
        for (Primitive p : rivals) {
          MemoryDesc wd = b.own(givesWeights ? p.weightsGradient() : p.weights());
          NativeMemory ws = filled(wd.bytes());
          weights.add(ws);
          List<Primitive.Argument> args = new ArrayList<>();
          args.add(new Primitive.Argument(forward || givesWeights ? Primitives.SOURCE : Primitives.SOURCE_GRADIENT, x, xs.address()));
          args.add(new Primitive.Argument(givesWeights ? Primitives.WEIGHTS_GRADIENT : Primitives.WEIGHTS, wd, ws.address()));
          args.add(new Primitive.Argument(forward ? Primitives.DESTINATION : Primitives.DESTINATION_GRADIENT, y, ys.address()));
          if (biasDesc != null) {
            args.add(new Primitive.Argument(Primitives.BIAS, biasDesc, bias.address()));
          }
          p.bind(args);
        }
        return Race.winner(rivals.stream().<Runnable>map(p -> p::execute).toList());
      } finally {
        weights.forEach(NativeMemory::close);
      }
    }
  }

  /** Memory whose pages are there: those of untouched memory are all one page of zeros, which is faster to read than any operand. */
  private static NativeMemory filled(long bytes) {
    NativeMemory m = NativeMemory.allocate(Math.max(64, bytes), "a trial");
    m.touch();
    return m;
  }
}
