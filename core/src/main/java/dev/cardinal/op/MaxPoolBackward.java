package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Gradient of {@link MaxPool}: each element of dy is added where its maximum stood. Inputs: dy, indices. Output: dx {@code [N, C, size…]}.
 *
 * @param size spatial size of the pooled input
 */
public record MaxPoolBackward(PoolGeometry geometry, Spatial size) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "dy, indices");
    Expect.floating(in.subList(0, 1));
    Expect.dtype(in.get(1), DType.I32, "indices");
    Expect.shape(in.get(1), in.get(0).shape(), "indices");
    return List.of(geometry.inputType(in.get(0), size));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new MaxUnpoolBackward(), g.outputGradient(0), g.input(1)), null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
