package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** Gradient of {@link Resize}: each element of dy is shared out to what it was read from. Input: dy {@code [N, C, size…]}. Output: dx {@code [N, C, input…]}. */
public record ResizeBackward(Resize forward, Spatial input) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "dy");
    Expect.floating(in);
    Expect.featureMap(in.get(0), "dy");
    Shape dy = in.get(0).shape();
    TensorType x = in.get(0).with(Shape.of(dy.dim(0), dy.dim(1), input.toArray()));
    Expect.same(forward.infer(List.of(x)).get(0), in.get(0), "dy and the resized " + input);
    return List.of(x);
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(forward, g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
