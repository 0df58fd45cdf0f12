package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Gradient of {@link Softmax}. Inputs: dy, y. Output: dx = y (dy - Σ dy y), or dy - exp(y) Σ dy for the logarithm. */
public record SoftmaxBackward(int axis, boolean log) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "dy, y");
    Expect.floating(in);
    Expect.same(in.get(0), in.get(1), "dy and y");
    Expect.axis(axis, in.get(0).shape());
    return List.of(in.get(0));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int own = Expect.axis(axis, in.get(0).shape());
    return SplitRule.of(SplitRule.elementwise(this, in, out).ways().stream().filter(w -> w.outputs().get(0).axis() != own).toList());
  }
}
