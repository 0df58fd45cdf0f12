package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** y = factor x + offset, with constants. Input: x. Output: y. */
public record Scale(double factor, double offset) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new Scale(factor, 0), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.elementwise(this, in, out).linear(offset == 0);
  }
}
