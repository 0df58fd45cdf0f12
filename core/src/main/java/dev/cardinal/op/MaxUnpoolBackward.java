package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Gathers from each channel's plane: dx[i] = dy[indices[i]]. Inputs: dy {@code [N, C, size…]}, indices {@code [N, C, spatial…]}. Output: dx of the shape of
 * the indices. The gradient of {@link MaxUnpool} (for indices that do not repeat) and of {@link MaxPoolBackward}.
 */
public record MaxUnpoolBackward() implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "dy, indices");
    Expect.floating(in.subList(0, 1));
    Expect.dtype(in.get(1), DType.I32, "indices");
    TensorType dy = in.get(0);
    TensorType idx = in.get(1);
    Expect.that(Expect.featureMap(dy, "dy") == Expect.featureMap(idx, "indices") && dy.shape().dim(0) == idx.shape().dim(0) && dy.shape().dim(1) == idx.shape().dim(1),
        "dy and indices must agree in rank, batch and channels, got %s and %s", dy, idx);
    return List.of(dy.with(idx.shape()));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new MaxUnpool(Spatial.of(g.shape(0).spatial())), g.outputGradient(0), g.input(1)), null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
