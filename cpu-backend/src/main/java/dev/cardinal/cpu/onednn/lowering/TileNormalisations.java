package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Step;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.Scaling;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.cpu.onednn.tiles.TileMoments;
import dev.cardinal.cpu.onednn.tiles.TileNormalisation;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Batch normalisation of maps that are channels last by machine code of ours, which goes through a map less often than the library: once for the statistics, or not at all where a convolution gives their sums. */
final class TileNormalisations {
  /** The key of the bits that tell where a value was let pass by the rectifier after the normalisation. */
  private record Passed(Value of) {}

  /** The key of what a value was made of. */
  private record SourceOf(Value of) {}

  /**
   * What gives a value, with ReLU or ReLU6.
   *
   * @param x the map that is normalised
   * @param given gamma, beta, mean and variance
   * @param epsilon is added to variances
   * @param bits where the value is above 0 and below the most
   * @param most the largest value
   */
  record Source(Tensor x, List<Tensor> given, double epsilon, Slot bits, float most) {
    Scaling scaling() {
      return new Scaling(given.get(0).floats(), given.get(1).floats(), given.get(2).floats(), given.get(3).floats(), epsilon, most);
    }

    /** What it reads. */
    List<Slot> slots() {
      List<Slot> all = new ArrayList<>(List.of(x.slot()));
      given.forEach(g -> all.add(g.slot()));
      return all;
    }
  }

  private TileNormalisations() {}

  /** Whether there is machine code for maps of a shape. */
  static boolean take(Shape s) {
    return TileCode.hasVectors() && s.size() > 0 && TileNormalisation.suits(s.size() / s.dim(1), s.dim(1));
  }

  private static TileNormalisation pass(Build b, Tensor x) {
    return b.own(new TileNormalisation(x.size() / x.shape().dim(1), x.shape().dim(1), b.threads()));
  }

  /** With ReLU or ReLU6: where the result was let pass is kept in bits. */
  static void forward(Node n, Build b, BatchNormTraining op, Tensor mean, Tensor variance) {
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    moments(b, n.input(0), mean, variance);
    Normalisations.statistics(n, b, op, mean, variance);
    Tensor gamma = b.in(n.input(1), Order.PLAIN);
    Tensor beta = b.in(n.input(2), Order.PLAIN);
    Slot bits = op.activation().rectifies() ? b.temp(TileNormalisation.bitBytes(x.size())) : null;
    Value residual = n.inputs().size() == 6 ? n.input(5) : null;
    Slot r = residual == null ? null : b.in(residual, Order.CHANNELS_LAST).slot();
    List<Tensor> given = List.of(gamma, beta, mean, variance);
    if (bits != null) {
      b.keep(new Passed(n.output(0)), bits);
    }
    if (residual == null && bits != null) {
      b.keep(new SourceOf(n.output(0)), new Source(x, given, op.epsilon(), bits, op.activation().most()));
      if (isForTiles(n.output(0), b)) {
        b.defer(n.output(0), () -> {
          Tensor late = new Tensor(n.output(0).type(), Order.CHANNELS_LAST, b.temp(x.bytes()));
          normalise(b, x, null, given, op, late.slot(), bits, (reads, writes, binding) -> b.stepOf(n, "normalise", reads, writes, binding));
          rememberAgain(n, b, x, null, given, bits);
          return late;
        });
        return;
      }
    }
    Tensor y = b.out(n.output(0), Order.CHANNELS_LAST);
    normalise(b, x, r, given, op, y.slot(), bits, (reads, writes, binding) -> b.step("normalise", reads, writes, binding));
    if (r != null) {
      b.mayReplace(y.slot(), r);
    }
    rememberAgain(n, b, x, residual, given, bits);
  }

  private static void rememberAgain(Node n, Build b, Tensor x, Value residual, List<Tensor> given, Slot bits) {
    BatchNormTraining op = (BatchNormTraining) n.op();
    if (Normalisations.isCheapAgain(n, b)) {
      b.remember(n.output(0), () -> {
        Tensor again = new Tensor(n.output(0).type(), Order.CHANNELS_LAST, b.temp(x.bytes()));
        normalise(b, x, residual == null ? null : b.again(residual, Order.CHANNELS_LAST).slot(), given, op, again.slot(), bits,
            (reads, writes, binding) -> b.stepAgain(n.name(), "normalise", reads, writes, binding));
        return again;
      });
    }
  }

  /** Whether nobody but tiles, which can normalise on their way, is likely to want a normalised map. */
  private static boolean isForTiles(Value y, Build b) {
    int convolutions = 0;
    for (Node reader : b.uses().readers(y)) {
      if (reader.op() instanceof Conv && reader.input(0) == y && TileConvolutions.canNormalise(reader, b)) {
        convolutions++;
      } else if (!(reader.op() instanceof ConvBackwardWeights && reader.input(0) == y) && !Normalisations.isMaskOf(reader, y)) {
        return false;
      }
    }
    return convolutions == 1 && !b.uses().isKept(y);
  }

  /** How a step is added. */
  private interface Adding {
    void step(List<Slot> reads, List<Slot> writes, Step.Binding binding);
  }

  private static void normalise(Build b, Tensor x, Slot residual, List<Tensor> given, BatchNormTraining op, Slot y, Slot bits, Adding adding) {
    TileNormalisation t = pass(b, x);
    LongSupplier work = b.scratch(t.workBytes());
    List<Slot> reads = new ArrayList<>(List.of(x.slot()));
    given.forEach(g -> reads.add(g.slot()));
    if (residual != null) {
      reads.add(residual);
    }
    adding.step(reads, bits == null ? List.of(y) : List.of(y, bits), () -> t.forward(x.slot().address(), residual == null ? 0 : residual.address(), given.get(0).floats(), given.get(1).floats(), given.get(2).floats(),
        given.get(3).floats(), op.epsilon(), y.address(), bits == null ? 0 : bits.address(), op.activation().most(), work.getAsLong()));
  }

  /** Mean and variance of a map. */
  private static void moments(Build b, Value of, Tensor mean, Tensor variance) {
    TileConvolutions.Summed summed = TileConvolutions.summed(b, of);
    if (summed != null) {
      b.step("moments given", List.of(summed.slot()), List.of(mean.slot(), variance.slot()), () -> summed.parts().merged(summed.slot().address(), mean.floats(), variance.floats()));
      return;
    }
    Tensor x = b.in(of, Order.CHANNELS_LAST);
    int channels = x.shape().dim(1);
    TileMoments m = b.own(new TileMoments(x.size() / channels, channels, b.threads()));
    LongSupplier work = b.scratch(m.workBytes());
    b.step("moments", List.of(x.slot()), List.of(mean.slot(), variance.slot()), () -> m.bind(x.slot().address(), mean.floats(), variance.floats(), work.getAsLong()));
  }

  /** Whether the gradient of a normalisation alone reads a sum of two others, and adds them on its way. */
  static boolean addsUp(Build b, Value sum) {
    List<Node> readers = b.uses().readers(sum);
    boolean alone = readers.size() == 1 && readers.get(0).op() instanceof BatchNormTrainingBackward op && op.activation().rectifies() && readers.get(0).input(0) == sum;
    return alone && !b.uses().isKept(sum) && b.mapOrder(sum) == Order.CHANNELS_LAST && passed(b, readers.get(0).input(5)) != null;
  }

  /** The gradient where the bits are there that tell where y was let pass; the sum of two that was left to it is added up on the way. */
  static void maskedBackward(Node n, Build b) {
    Node sum = b.postponed(n.input(0));
    Slot dy = b.in(sum == null ? n.input(0) : sum.input(0), Order.CHANNELS_LAST).slot();
    backward(n, b, dy, sum == null ? null : b.in(sum.input(1), Order.CHANNELS_LAST).slot(), passed(b, n.input(5)));
  }

  /**
   * The gradient.
   *
   * @param added to dy, or {@code null}
   * @param bits where that counts, or {@code null} where it does everywhere; what counts is kept if anybody wants it
   */
  static void backward(Node n, Build b, Slot dz, Slot added, Slot bits) {
    Tensor x = b.in(n.input(1), Order.CHANNELS_LAST);
    Tensor gamma = b.in(n.input(2), Order.PLAIN);
    Tensor mean = b.in(n.input(3), Order.PLAIN);
    Tensor inverse = b.in(n.input(4), Order.PLAIN);
    List<Slot> reads = new ArrayList<>(List.of(dz, x.slot(), gamma.slot(), mean.slot(), inverse.slot()));
    if (bits != null) {
      reads.add(bits);
    }
    if (added != null) {
      reads.add(added);
    }
    boolean kept = bits != null && !b.uses().isUnused(n.output(3));
    Slot masked = kept || added != null ? b.out(n.output(3), Order.CHANNELS_LAST).slot() : null;
    Slot dx = b.out(n.output(0), Order.CHANNELS_LAST).slot();
    Tensor dgamma = b.out(n.output(1), Order.PLAIN);
    Tensor dbeta = b.out(n.output(2), Order.PLAIN);
    TileNormalisation t = pass(b, x);
    LongSupplier work = b.scratch(t.workBytes());
    List<Slot> writes = new ArrayList<>(List.of(dx, dgamma.slot(), dbeta.slot()));
    if (masked != null) {
      writes.add(masked);
    }
    b.step("gradient", reads, writes, () -> t.backward(dz.address(), added == null ? 0 : added.address(), x.slot().address(), gamma.floats(), mean.floats(), inverse.floats(), bits == null ? 0 : bits.address(),
        masked == null ? 0 : masked.address(), dx.address(), dgamma.floats(), dbeta.floats(), work.getAsLong()));
    if (dz != x.slot()) {
      b.mayReplace(masked == null ? dx : masked, dz);
    }
    if (added != null && added != x.slot()) {
      b.mayReplace(masked, added);
    }
  }

  /** What a value that is not there, or would be made anew for one gradient of weights alone, is made of; else {@code null}. */
  static Source source(Build b, Value of) {
    boolean once = b.uses().readers(of).stream().filter(r -> r.op() instanceof ConvBackwardWeights && r.input(0) == of).count() == 1;
    return b.isDeferred(of) || once && b.isMadeAgain(of) ? b.kept(new SourceOf(of), Source.class) : null;
  }

  /** The bits that tell where a value was let pass, or {@code null}. */
  static Slot passed(Build b, Value of) {
    return b.kept(new Passed(of), Slot.class);
  }
}
