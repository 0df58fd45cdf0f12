package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Gradient of {@link AvgPool}: each element of dy is spread evenly over its window. Input: dy. Output: dx {@code [N, C, size…]}.
 *
 * @param size spatial size of the pooled input
 */
public record AvgPoolBackward(PoolGeometry geometry, boolean countPadding, Spatial size) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "dy");
    Expect.floating(in);
    return List.of(geometry.inputType(in.get(0), size));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new AvgPool(geometry, countPadding), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
