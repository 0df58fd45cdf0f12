package dev.cardinal.cpu.onednn.lowering;

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
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Batch normalisation. */
final class Normalisations {
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
    Shape s = n.input(0).type().shape();
    boolean residual = n.inputs().size() == 6;
    boolean relu = op.activation() == Activation.Kind.RELU;
    Order order = order(b, n.input(0));
    Slot x = b.in(n.input(0), order).slot();
    MemoryDesc xd = flat(b, s, order);
    MemoryDesc cd = perChannel(b, s);
    Primitive p = Primitives.batchNorm(xd, op.epsilon(), relu && !residual);
    Tensor y = b.out(n.output(0), order);
    Slot mean = b.out(n.output(3), Order.PLAIN).slot();
    Slot variance = b.temp(cd.bytes());
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, xd, x), Arg.write(Primitives.DESTINATION, xd, y.slot()), Arg.read(Primitives.SCALE, cd, slot(b, n.input(1))),
        Arg.read(Primitives.SHIFT, cd, slot(b, n.input(2))), Arg.write(Primitives.MEAN, cd, mean), Arg.write(Primitives.VARIANCE, cd, variance)));
    MemoryDesc wd = p.workspace();
    if (wd != null) {
      Slot positive = b.temp(b.own(wd).bytes());
      args.add(Arg.write(Primitives.WORKSPACE, wd, positive));
      b.keep(n.output(0), new Tensor(y.type(), order, positive));
    }
    b.primitive(p, args.toArray(new Arg[0]));
    if (residual) {
      Slot r = b.in(n.input(5), order).slot();
      Primitive add = Primitives.add(xd, relu ? Convolutions.fused(op.activation()) : null);
      b.primitive(add, Arg.read(Primitives.SOURCE, xd, y.slot()), Arg.read(Primitives.SOURCE_1, xd, r), Arg.write(Primitives.DESTINATION, xd, y.slot()));
    }
    statistics(n, b, op, mean, variance);
  }

  private static void statistics(Node n, Build b, BatchNormTraining op, Slot mean, Slot variance) {
    Shape s = n.input(0).type().shape();
    int channels = s.dim(1);
    double count = (double) s.size() / channels;
    Slot oldMean = slot(b, n.input(3));
    Slot oldVariance = slot(b, n.input(4));
    Slot newMean = b.out(n.output(1), Order.PLAIN).slot();
    Slot newVariance = b.out(n.output(2), Order.PLAIN).slot();
    Slot inverse = b.out(n.output(4), Order.PLAIN).slot();
    b.step("running statistics", List.of(mean, variance, oldMean, oldVariance), List.of(newMean, newVariance, inverse), () -> {
      Floats m = Floats.at(mean.address(), channels);
      Floats v = Floats.at(variance.address(), channels);
      Floats om = Floats.at(oldMean.address(), channels);
      Floats ov = Floats.at(oldVariance.address(), channels);
      Floats nm = Floats.at(newMean.address(), channels);
      Floats nv = Floats.at(newVariance.address(), channels);
      Floats inv = Floats.at(inverse.address(), channels);
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
    boolean relu = op.activation() == Activation.Kind.RELU;
    Tensor kept = relu && b.uses().isUnused(n.output(3)) ? b.kept(n.input(5)) : null;
    Slot positive = kept == null ? null : kept.slot();
    Order order = order(b, n.input(1));
    Slot dz = b.in(n.input(0), order).slot();
    if (relu && positive == null) {
      Tensor masked = b.out(n.output(3), order);
      Pointwise.mask(b, b.in(n.input(0), order), b.in(n.input(5), order), masked);
      dz = masked.slot();
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
    BatchNormInference op = (BatchNormInference) n.op();
    Shape s = n.input(0).type().shape();
    if (order(b, n.input(0)) == Order.REDUCED) {
      reducedInference(n, b, op);
      return;
    }
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor residual = n.inputs().size() == 6 ? b.in(n.input(5), Order.CHANNELS_LAST) : null;
    List<Slot> reads = new ArrayList<>(List.of(x.slot()));
    List<Tensor> coefficients = new ArrayList<>();
    for (int i = 1; i < 5; i++) {
      coefficients.add(b.in(n.input(i), Order.PLAIN));
      reads.add(coefficients.get(i - 1).slot());
    }
    if (residual != null) {
      reads.add(residual.slot());
    }
    Tensor y = b.out(n.output(0), Order.CHANNELS_LAST);
    b.step("scale and shift", reads, List.of(y.slot()), () -> {
      List<Floats> c = coefficients.stream().map(Tensor::floats).toList();
      return BatchNormKernels.inference(b.workers(), s.dim(1), x.floats(), c, residual == null ? null : residual.floats(), y.floats(), s.size(), op.epsilon(),
          op.activation() == Activation.Kind.RELU);
    });
    b.mayReplace(y.slot(), x.slot());
    if (residual != null) {
      b.mayReplace(y.slot(), residual.slot());
    }
  }

  private static void reducedInference(Node n, Build b, BatchNormInference op) {
    Shape s = n.input(0).type().shape();
    boolean residual = n.inputs().size() == 6;
    boolean relu = op.activation() == Activation.Kind.RELU;
    MemoryDesc xd = flat(b, s, Order.REDUCED);
    MemoryDesc cd = perChannel(b, s);
    Slot y = b.out(n.output(0), Order.REDUCED).slot();
    b.primitive(Primitives.batchNormInference(xd, op.epsilon(), relu && !residual), Arg.read(Primitives.SOURCE, xd, b.in(n.input(0), Order.REDUCED).slot()), Arg.read(Primitives.SCALE, cd, slot(b, n.input(1))),
        Arg.read(Primitives.SHIFT, cd, slot(b, n.input(2))), Arg.read(Primitives.MEAN, cd, slot(b, n.input(3))), Arg.read(Primitives.VARIANCE, cd, slot(b, n.input(4))),
        Arg.write(Primitives.DESTINATION, xd, y));
    if (residual) {
      b.primitive(Primitives.add(xd, relu ? Convolutions.fused(op.activation()) : null), Arg.read(Primitives.SOURCE, xd, y), Arg.read(Primitives.SOURCE_1, xd, b.in(n.input(5), Order.REDUCED).slot()),
          Arg.write(Primitives.DESTINATION, xd, y));
    }
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
