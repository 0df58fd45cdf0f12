package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Mean over windows. Input: x {@code [N, C, spatial…]}. Output: y {@code [N, C, out…]}.
 *
 * @param countPadding whether padding zeros count in the divisor (PyTorch's {@code count_include_pad}); elements of a partial last window that lie beyond the
 *     padding never count
 */
public record AvgPool(PoolGeometry geometry, boolean countPadding) implements Op {
  public AvgPool {
    Expect.that(geometry.dilation().isAll(1), "average pooling has no dilation, got %s", geometry.dilation());
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    return List.of(geometry.outputType(in.get(0)));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new AvgPoolBackward(geometry, countPadding, Spatial.of(g.shape(0).spatial())), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
