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
  private static final int ROUNDS = 3;
  private static final int SAMPLES_PER_THREAD = 2;
  /** What is so much slower than the proposal when both run for the first time is not tried again. */
  private static final double HOPELESS = 1.5;
  /** What is not faster by that much is not preferred to the library's proposal: it might be chance. */
  private static final double CLEARLY = 0.93;

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

  /** The type of a few samples: enough for every thread to have work that its neighbour cannot take, few enough to take little time. With one sample a thread some kernels divide otherwise. */
  static TensorType few(TensorType t, Build b) {
    Shape s = t.shape();
    return new TensorType(t.dtype(), Shape.of(Math.min(SAMPLES_PER_THREAD * b.workers().threads(), s.dim(0)), s.dim(1), s.spatial()));
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
        return race(rivals);
      } finally {
        weights.forEach(NativeMemory::close);
      }
    }
  }

  /**
   * The place of the winner: of those that were clearly faster than the proposal every time, the fastest. One that is not so once is not tried again, so that most races end after the first round; and
   * where something else takes the processor for a moment, it has to take it from the proposal alone, every time, to mislead.
   */
  private static int race(List<Primitive> rivals) {
    double[] least = new double[rivals.size()];
    boolean[] beaten = new boolean[rivals.size()];
    for (int round = 0; round <= ROUNDS; round++) {
      double proposal = 0;
      boolean open = false;
      for (int i = 0; i < least.length; i++) {
        if (beaten[i]) {
          continue;
        }
        long begin = System.nanoTime();
        rivals.get(i).execute();
        double seconds = (System.nanoTime() - begin) / 1e9;
        proposal = i == 0 ? seconds : proposal;
        // The first round brings code and operands into the caches.
        beaten[i] = i > 0 && seconds > (round == 0 ? HOPELESS : CLEARLY) * proposal;
        least[i] = round <= 1 ? seconds : Math.min(least[i], seconds);
        open |= i > 0 && !beaten[i];
      }
      if (!open) {
        return 0;
      }
    }
    int winner = 0;
    for (int i = 1; i < least.length; i++) {
      winner = !beaten[i] && least[i] < least[winner] ? i : winner;
    }
    return winner;
  }

  /** Memory whose pages are there: those of untouched memory are all one page of zeros, which is faster to read than any operand. */
  private static NativeMemory filled(long bytes) {
    NativeMemory m = NativeMemory.allocate(Math.max(64, bytes), "a trial");
    m.touch();
    return m;
  }
}
