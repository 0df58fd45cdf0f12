package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** The same elements, in row-major order, under another shape. Input: x. Output: y. */
public record Reshape(Shape shape) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.that(in.get(0).shape().size() == shape.size(), "cannot reshape %s (%d elements) to %s (%d elements)", in.get(0).shape(), in.get(0).shape().size(), shape,
        shape.size());
    return List.of(in.get(0).with(shape));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new Reshape(g.shape(0)), g.outputGradient(0)));
  }

  @Override
  public SplitRule split() {
    return SplitRule.dense();
  }
}
