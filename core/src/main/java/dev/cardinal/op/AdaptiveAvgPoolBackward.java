package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** Gradient of {@link AdaptiveAvgPool}. Input: dy {@code [N, C, out…]}. Output: dx {@code [N, C, size…]}. */
public record AdaptiveAvgPoolBackward(Spatial size) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "dy");
    Expect.floating(in);
    int rank = Expect.featureMap(in.get(0), "dy");
    Expect.that(rank == size.rank(), "a pooled input of %s needs dy with %d spatial axes, got %s", size, size.rank(), in.get(0).shape());
    Shape dy = in.get(0).shape();
    return List.of(in.get(0).with(Shape.of(dy.dim(0), dy.dim(1), size.toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new AdaptiveAvgPool(Spatial.of(g.shape(0).spatial())), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
