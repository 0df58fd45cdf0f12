package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.Elementwise;
import dev.cardinal.cpu.onednn.binding.Following;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.BatchNormKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.Conv;
import java.util.List;

/**
 * What a convolution does to its result before writing it, in the same pass over memory: nothing, a function, or the batch normalisation by given statistics that follows it, with residual and function.
 *
 * @param result what is written
 * @param scale per channel, {@code null} without normalisation
 * @param shift per channel, {@code null} without normalisation
 * @param residual may be {@code null}
 * @param activation the function
 */
record Followed(Value result, Tensor scale, Tensor shift, Value residual, Activation.Kind activation) {
  /** A function alone. */
  static Followed by(Activation.Kind activation, Value result) {
    return new Followed(result, null, null, null, activation);
  }

  /** The normalisation that alone reads the result of a convolution without a bias, or {@code null}. */
  static Node normalisation(Node conv, Build b) {
    List<Node> readers = b.uses().readers(conv.output(0));
    boolean alone = readers.size() == 1 && b.uses().onlyReader(conv.output(0), readers.get(0));
    boolean plain = ((Conv) conv.op()).activation() == Activation.Kind.IDENTITY && conv.inputs().size() == 2;
    return alone && plain && readers.get(0).op() instanceof BatchNormInference && readers.get(0).input(0) == conv.output(0) ? readers.get(0) : null;
  }

  /** A normalisation; adds the step that makes scale and shift of it, the current node's. */
  static Followed by(Node normalisation, Build b) {
    BatchNormInference op = (BatchNormInference) normalisation.op();
    List<Tensor> given = normalisation.inputs().subList(1, 5).stream().map(v -> b.in(v, Order.PLAIN)).toList();
    Tensor scale = new Tensor(given.get(0).type(), Order.PLAIN, b.temp(given.get(0).bytes()));
    Tensor shift = new Tensor(given.get(0).type(), Order.PLAIN, b.temp(given.get(0).bytes()));
    b.step("scale", given.stream().map(Tensor::slot).toList(), List.of(scale.slot(), shift.slot()), () -> BatchNormKernels.fold(Math.toIntExact(scale.size()),
        given.stream().map(Tensor::floats).toList(), op.epsilon(), scale.floats(), shift.floats()));
    Value residual = normalisation.inputs().size() == 6 ? normalisation.input(5) : null;
    return new Followed(normalisation.output(0), scale, shift, residual, op.activation());
  }

  private Elementwise function() {
    return Convolutions.fused(activation);
  }

  /** All of it, for a product whose result has rows of channels. */
  Following ofRows(Build b, MemoryDesc result) {
    MemoryDesc channels = scale == null ? null : b.own(MemoryDesc.rowMajor(1, scale.size()));
    return new Following(channels, residual == null ? null : result, function());
  }

  /** All but scale and shift, which weights and bias take over. */
  Following ofScaledWeights(MemoryDesc result) {
    return new Following(null, residual == null ? null : result, function());
  }

  /** Adds the operands; a residual is read in the order of the result. */
  void operands(Build b, Following f, Order order, List<Arg> args) {
    if (f.channels() != null) {
      args.add(Arg.read(Primitives.following(0), f.channels(), scale.slot()));
      args.add(Arg.read(Primitives.following(1), f.channels(), shift.slot()));
    }
    if (f.residual() != null) {
      args.add(Arg.read(Primitives.following(f.residualPlace()), f.residual(), b.in(residual, order).slot()));
    }
  }
}
