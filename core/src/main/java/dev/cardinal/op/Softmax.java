package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Softmax along an axis, exp(x_i - m) / Σ exp(x_j - m) with m the maximum, or its logarithm. Input: x. Output: y.
 *
 * @param log whether to give the logarithm
 */
public record Softmax(int axis, boolean log) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    Expect.axis(axis, in.get(0).shape());
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new SoftmaxBackward(axis, log), g.outputGradient(0), g.output(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int own = Expect.axis(axis, in.get(0).shape());
    return SplitRule.of(SplitRule.elementwise(this, in, out).ways().stream().filter(w -> w.outputs().get(0).axis() != own).toList());
  }
}
