package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Gradient of {@link Activation}. Inputs: dy and, as {@link Activation.Kind#differentiatesFromOutput} says, the activation's output y or its input x. Output: dx.
 * At the kinks the derivative is that of PyTorch: 0 for ReLU at 0 and ReLU6 at 0 and 6.
 */
public record ActivationBackward(Activation.Kind kind, double alpha) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "dy, y or x");
    Expect.floating(in);
    Expect.same(in.get(0), in.get(1), "the gradient and the activation");
    return List.of(in.get(0));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.elementwise(this, in, out);
  }
}
