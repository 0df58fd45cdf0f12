package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.BatchNormKernels;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Batch normalisation. */
final class Normalisations {
  /** Multiply-adds of a convolution for each element of its input that make the input's normalisation cheap beside it. */
  private static final long MACS_PER_ELEMENT = 128;

  /** Floats in the widest vector. */
  private static final int VECTOR = 16;

  private Normalisations() {}

  /** A feature map with any number of spatial axes as {@code [N, C, 1, positions]} stored channels last, which every kernel takes. */
  private static MemoryDesc flat(Build b, Shape s, Order order) {
    long c = s.dim(1);
    long p = s.spatialSize();
    long[] dims = {s.dim(0), c, 1, p};
    long[] strides = {p * c, 1, p * c, c};
    return b.own(order == Order.REDUCED ? MemoryDesc.reduced(dims, strides) : MemoryDesc.strided(dims, strides));
  }

  /** Rounded maps where the library has kernels for them in both directions, else full precision. */
  private static Order order(Build b, Value x) {
    if (b.mapOrder(x) == Order.REDUCED) {
      try (Primitive p = Primitives.batchNormBackward(flat(b, x.type().shape(), Order.REDUCED), 0, false)) {
        if (p != null && !p.isReference()) {
          return Order.REDUCED;
        }
      }
    }
    return Order.CHANNELS_LAST;
  }

  private static MemoryDesc perChannel(Build b, Shape s) {
    return b.own(MemoryDesc.rowMajor(s.dim(1)));
  }

  private static Slot slot(Build b, Value v) {
    return b.in(v, Order.PLAIN).slot();
  }

  static void training(Node n, Build b) {
    BatchNormTraining op = (BatchNormTraining) n.op();
    Order order = order(b, n.input(0));
    Tensor mean = b.out(n.output(3), Order.PLAIN);
    Tensor variance = new Tensor(mean.type(), Order.PLAIN, b.temp(mean.bytes()));
    if (order == Order.CHANNELS_LAST && TileNormalisations.take(n.input(0).type().shape())) {
      TileNormalisations.forward(n, b, op, mean, variance);
      return;
    }
    if (order == Order.CHANNELS_LAST && (n.inputs().size() == 6 || !isWithin(op) || !fillsVectors(n.input(0).type().shape()))) {
      twoPasses(n, b, op, mean, variance);
      return;
    }
    boolean residual = n.inputs().size() == 6;
    Shape s = n.input(0).type().shape();
    Slot x = b.in(n.input(0), order).slot();
    MemoryDesc xd = flat(b, s, order);
    MemoryDesc cd = perChannel(b, s);
    boolean relu = op.activation() == Activation.Kind.RELU && !residual;
    Primitive p = Primitives.batchNorm(xd, op.epsilon(), relu);
    Tensor y = b.out(n.output(0), order);
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, xd, x), Arg.write(Primitives.DESTINATION, xd, y.slot()), Arg.read(Primitives.SCALE, cd, slot(b, n.input(1))),
        Arg.read(Primitives.SHIFT, cd, slot(b, n.input(2))), Arg.write(Primitives.MEAN, cd, mean.slot()), Arg.write(Primitives.VARIANCE, cd, variance.slot())));
    MemoryDesc wd = p.workspace();
    if (wd != null) {
      Slot positive = b.temp(b.own(wd).bytes());
      args.add(Arg.write(Primitives.WORKSPACE, wd, positive));
      b.keep(n.output(0), new Tensor(y.type(), order, positive));
    }
    b.primitive(p, args.toArray(new Arg[0]));
    if (residual) {
      Slot r = b.in(n.input(5), order).slot();
      Primitive add = Primitives.add(xd, Convolutions.fused(op.activation()));
      b.primitive(add, Arg.read(Primitives.SOURCE, xd, y.slot()), Arg.read(Primitives.SOURCE_1, xd, r), Arg.write(Primitives.DESTINATION, xd, y.slot()));
    } else if (!isWithin(op)) {
      Pointwise.inPlace(b, y, Convolutions.fused(op.activation()));
    } else if (order == Order.CHANNELS_LAST && isCheapAgain(n, b)) {
      b.remember(n.output(0), () -> {
        Slot again = b.temp(y.bytes());
        b.primitiveAgain(n.name(), Primitives.batchNormGiven(xd, op.epsilon(), relu), Arg.read(Primitives.SOURCE, xd, x), Arg.read(Primitives.SCALE, cd, slot(b, n.input(1))),
            Arg.read(Primitives.SHIFT, cd, slot(b, n.input(2))), Arg.read(Primitives.MEAN, cd, mean.slot()), Arg.read(Primitives.VARIANCE, cd, variance.slot()),
            Arg.write(Primitives.DESTINATION, xd, again));
        return new Tensor(y.type(), order, again);
      });
    }
    statistics(n, b, op, mean, variance);
  }

  /** Whether the library does on its way what follows a normalisation. */
  private static boolean isWithin(BatchNormTraining op) {
    return op.activation() != Activation.Kind.RELU6;
  }

  /**
   * Whether a normalised map is made anew in the backward pass instead of being kept until then (Chen and others, "Training Deep Nets with Sublinear Memory Cost", 2016, section 3, drop such cheap
   * results): its source is kept anyway. Only if gradients of weights alone need it there, and cost much more than that, or if it is the residual of another that is made anew.
   */
  static boolean isCheapAgain(Node n, Build b) {
    Value y = n.output(0);
    long macs = 0;
    boolean residual = false;
    for (Node reader : b.uses().readers(y)) {
      if (reader.op() instanceof ConvBackwardWeights && reader.input(0) == y) {
        macs += reader.cost().macs();
      } else if (macs > 0 && !isMaskOf(reader, y)) {
        return false;
      }
      residual |= reader.op() instanceof BatchNormTraining && reader.inputs().size() == 6 && reader.input(5) == y && isCheapAgain(reader, b);
    }
    boolean worthIt = macs > 0 ? macs >= MACS_PER_ELEMENT * y.type().shape().size() : residual;
    return worthIt && !b.uses().isKept(y);
  }

  /** Whether a gradient needs of a value only where it was let pass. */
  static boolean isMaskOf(Node n, Value y) {
    return n.op() instanceof BatchNormTrainingBackward && n.input(0) != y && n.input(1) != y;
  }

  /** Whether channels fill vectors: for other numbers of them the library takes narrower vectors or its plain code, several times slower. */
  private static boolean fillsVectors(Shape s) {
    return s.dim(1) % VECTOR == 0;
  }

  /** What the library has no good kernel for, as any normalisation with a residual: a kernel of ours sums the statistics in one pass over x, and all the rest is a second pass. */
  private static void twoPasses(Node n, Build b, BatchNormTraining op, Tensor mean, Tensor variance) {
    Shape s = n.input(0).type().shape();
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    b.step("sums", List.of(x.slot()), List.of(mean.slot(), variance.slot()), () -> BatchNormKernels.statistics(b.workers(), s.size() / s.dim(1), s.dim(1), x.floats(), mean.floats(),
        variance.floats()));
    statistics(n, b, op, mean, variance);
    normalise(n, b, Order.CHANNELS_LAST, mean, variance, op.epsilon(), op.activation());
  }

  /** y = act((x - mean) gamma / sqrt(variance + epsilon) + beta + residual), of a node with inputs x, gamma, beta, two more and perhaps a residual. */
  private static void normalise(Node n, Build b, Order order, Tensor mean, Tensor variance, double epsilon, Activation.Kind activation) {
    Shape s = n.input(0).type().shape();
    Tensor gamma = b.in(n.input(1), Order.PLAIN);
    Tensor scale = new Tensor(mean.type(), Order.PLAIN, b.temp(mean.bytes()));
    b.step("scale", List.of(gamma.slot(), variance.slot()), List.of(scale.slot()), () -> BatchNormKernels.scale(s.dim(1), gamma.floats(), variance.floats(), epsilon, scale.floats()));
    MemoryDesc xd = flat(b, s, order);
    MemoryDesc cd = b.own(MemoryDesc.rowMajor(1, s.dim(1), 1, 1));
    Slot x = b.in(n.input(0), order).slot();
    Slot shift = slot(b, n.input(2));
    Value residual = n.inputs().size() == 6 ? n.input(5) : null;
    Elementwise then = Convolutions.fused(activation);
    MemoryDesc rd = residual == null ? null : xd;
    BiFunction<Slot, Slot, Arg[]> args = (r, to) -> {
      List<Arg> all = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, xd, x), Arg.read(Primitives.SOURCE_1, cd, mean.slot()), Arg.read(Primitives.following(0), cd, scale.slot()),
          Arg.read(Primitives.following(1), cd, shift), Arg.write(Primitives.DESTINATION, xd, to)));
      if (r != null) {
        all.add(Arg.read(Primitives.following(2), xd, r));
      }
      return all.toArray(new Arg[0]);
    };
    Slot r = residual == null ? null : b.in(residual, order).slot();
    Tensor y = b.out(n.output(0), order);
    b.primitive(Primitives.normalise(xd, cd, rd, then), args.apply(r, y.slot()));
    b.mayReplace(y.slot(), x);
    if (r != null) {
      b.mayReplace(y.slot(), r);
    }
    if (order == Order.CHANNELS_LAST && isCheapAgain(n, b)) {
      b.remember(n.output(0), () -> {
        Tensor again = new Tensor(y.type(), order, b.temp(y.bytes()));
        b.primitiveAgain(n.name(), Primitives.normalise(xd, cd, rd, then), args.apply(residual == null ? null : b.again(residual, order).slot(), again.slot()));
        return again;
      });
    }
  }

  static void statistics(Node n, Build b, BatchNormTraining op, Tensor mean, Tensor variance) {
    Shape s = n.input(0).type().shape();
    int channels = s.dim(1);
    double count = (double) s.size() / channels;
    Slot oldMean = slot(b, n.input(3));
    Slot oldVariance = slot(b, n.input(4));
    Slot newMean = b.out(n.output(1), Order.PLAIN).slot();
    Slot newVariance = b.out(n.output(2), Order.PLAIN).slot();
    Tensor inverse = b.out(n.output(4), Order.PLAIN);
    b.step("running statistics", List.of(mean.slot(), variance.slot(), oldMean, oldVariance), List.of(newMean, newVariance, inverse.slot()), () -> {
      Floats m = mean.floats();
      Floats v = variance.floats();
      Floats om = Floats.at(oldMean.address(), channels);
      Floats ov = Floats.at(oldVariance.address(), channels);
      Floats nm = Floats.at(newMean.address(), channels);
      Floats nv = Floats.at(newVariance.address(), channels);
      Floats inv = inverse.floats();
      return () -> {
        for (int c = 0; c < channels; c++) {
          nm.put(c, (float) ((1 - op.momentum()) * om.get(c) + op.momentum() * m.get(c)));
          nv.put(c, (float) ((1 - op.momentum()) * ov.get(c) + op.momentum() * v.get(c) * (count / (count - 1))));
          inv.put(c, (float) (1 / Math.sqrt(v.get(c) + op.epsilon())));
        }
      };
    });
  }

  static void trainingBackward(Node n, Build b) {
    BatchNormTrainingBackward op = (BatchNormTrainingBackward) n.op();
    Shape s = n.input(1).type().shape();
    boolean rectified = op.activation().rectifies();
    Tensor kept = rectified && b.uses().isUnused(n.output(3)) ? b.kept(n.input(5), Tensor.class) : null;
    Slot positive = kept == null ? null : kept.slot();
    Order order = order(b, n.input(1));
    if (rectified && order == Order.CHANNELS_LAST && TileNormalisations.passed(b, n.input(5)) != null) {
      TileNormalisations.maskedBackward(n, b);
      return;
    }
    Slot dz = b.in(n.input(0), order).slot();
    if (rectified && positive == null) {
      Tensor masked = b.out(n.output(3), order);
      Pointwise.mask(b, op.activation(), b.in(n.input(0), order), b.again(n.input(5), order), masked);
      dz = masked.slot();
    }
    if (order == Order.CHANNELS_LAST && positive == null && TileNormalisations.take(s)) {
      TileNormalisations.backward(n, b, dz, null, null);
      return;
    }
    if (order == Order.CHANNELS_LAST && !fillsVectors(s)) {
      javaBackward(n, b, new Tensor(n.input(0).type(), order, dz));
      return;
    }
    MemoryDesc xd = flat(b, s, order);
    MemoryDesc cd = perChannel(b, s);
    // Given 1 / sqrt(variance + epsilon), not the variance: the primitive gets the deviation's square and an epsilon of 0.
    Primitive p = Primitives.batchNormBackward(xd, 0, positive != null);
    Slot square = squaredDeviation(b, slot(b, n.input(4)), s.dim(1));
    Slot x = b.in(n.input(1), order).slot();
    Slot dx = b.out(n.output(0), order).slot();
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, xd, x), Arg.read(Primitives.DESTINATION_GRADIENT, xd, dz), Arg.read(Primitives.SCALE, cd, slot(b, n.input(2))),
        Arg.read(Primitives.MEAN, cd, slot(b, n.input(3))), Arg.read(Primitives.VARIANCE, cd, square), Arg.write(Primitives.SOURCE_GRADIENT, xd, dx),
        Arg.write(Primitives.SCALE_GRADIENT, cd, b.out(n.output(1), Order.PLAIN).slot()), Arg.write(Primitives.SHIFT_GRADIENT, cd, b.out(n.output(2), Order.PLAIN).slot())));
    if (positive != null) {
      args.add(Arg.read(Primitives.WORKSPACE, b.own(p.workspace()), positive));
    }
    b.primitive(p, args.toArray(new Arg[0]));
    if (dz != x) {
      b.mayReplace(dx, dz);
    }
  }

  private static void javaBackward(Node n, Build b, Tensor dz) {
    Tensor x = b.in(n.input(1), Order.CHANNELS_LAST);
    List<Tensor> given = List.of(b.in(n.input(2), Order.PLAIN), b.in(n.input(3), Order.PLAIN), b.in(n.input(4), Order.PLAIN));
    List<Slot> reads = new ArrayList<>(List.of(dz.slot(), x.slot()));
    given.forEach(t -> reads.add(t.slot()));
    Tensor dx = b.out(n.output(0), Order.CHANNELS_LAST);
    Tensor dgamma = b.out(n.output(1), Order.PLAIN);
    Tensor dbeta = b.out(n.output(2), Order.PLAIN);
    int channels = x.shape().dim(1);
    b.step("gradient", reads, List.of(dx.slot(), dgamma.slot(), dbeta.slot()), () -> BatchNormKernels.backward(b.workers(), x.size() / channels, channels, dz.floats(), x.floats(),
        given.stream().map(Tensor::floats).toList(), dx.floats(), dgamma.floats(), dbeta.floats()));
    if (dz.slot() != x.slot()) {
      b.mayReplace(dx.slot(), dz.slot());
    }
  }

  private static Slot squaredDeviation(Build b, Slot inverse, int channels) {
    Slot square = b.temp((long) channels * Float.BYTES);
    b.step("deviation", List.of(inverse), List.of(square), () -> {
      Floats in = Floats.at(inverse.address(), channels);
      Floats out = Floats.at(square.address(), channels);
      return () -> {
        for (int c = 0; c < channels; c++) {
          double i = in.get(c);
          out.put(c, (float) (1 / (i * i)));
        }
      };
    });
    return square;
  }

  static void inference(Node n, Build b) {
    Node conv = b.postponed(n.input(0));
    if (conv != null && Convolutions.forward(conv, n, b)) {
      return;
    }
    BatchNormInference op = (BatchNormInference) n.op();
    normalise(n, b, order(b, n.input(0)), b.in(n.input(3), Order.PLAIN), b.in(n.input(4), Order.PLAIN), op.epsilon(), op.activation());
  }

  static void inferenceBackward(Node n, Build b) {
    BatchNormInferenceBackward op = (BatchNormInferenceBackward) n.op();
    Shape s = n.input(1).type().shape();
    Tensor dy = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor x = b.in(n.input(1), Order.CHANNELS_LAST);
    List<Slot> reads = new ArrayList<>(List.of(dy.slot(), x.slot()));
    List<Tensor> coefficients = new ArrayList<>();
    for (int i = 2; i < 5; i++) {
      coefficients.add(b.in(n.input(i), Order.PLAIN));
      reads.add(coefficients.get(i - 2).slot());
    }
    Tensor dx = b.out(n.output(0), Order.CHANNELS_LAST);
    Tensor dgamma = b.out(n.output(1), Order.PLAIN);
    Tensor dbeta = b.out(n.output(2), Order.PLAIN);
    b.step("scale and reduce", reads, List.of(dx.slot(), dgamma.slot(), dbeta.slot()), () -> {
      List<Floats> c = coefficients.stream().map(Tensor::floats).toList();
      return BatchNormKernels.inferenceBackward(b.workers(), s.dim(1), dy.floats(), x.floats(), c, dx.floats(), dgamma.floats(), dbeta.floats(), s.size(), op.epsilon());
    });
    b.mayReplace(dx.slot(), dy.slot());
  }

  /** Adds a bias to a feature map in place, in either order. */
  static void addPerChannel(Build b, Tensor y, Tensor bias) {
    int channels = y.shape().dim(1);
    boolean last = y.order() == Order.CHANNELS_LAST || Tensor.orderless(y.shape());
    long run = last ? 1 : y.shape().spatialSize();
    b.step("bias", List.of(y.slot(), bias.slot()), List.of(y.slot()), () -> BatchNormKernels.addBias(b.workers(), channels, run, y.floats(), bias.floats(), y.size()));
  }
}
