package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** Converts elements to another type: to nearest even among floating-point types, towards zero to integers. Input: x. Output: y. */
public record Cast(DType to) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    return List.of(in.get(0).with(to));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    DType from = g.type(g.input(0)).dtype();
    return Arrays.asList(from.isFloating() && to.isFloating() ? g.emit(new Cast(from), g.outputGradient(0)) : null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.elementwise(this, in, out);
  }
}
