package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Maximum over windows. Input: x {@code [N, C, spatial…]}. Outputs: y {@code [N, C, out…]} and, of the same shape in int32, the index of each maximum
 * in its channel's plane (row-major; the first of equals). Padding never wins. NaN wins over any number.
 *
 * <p>A backend may keep the indices in a form of its own as long as only {@link MaxPoolBackward} reads them.
 */
public record MaxPool(PoolGeometry geometry) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    TensorType y = geometry.outputType(in.get(0));
    return List.of(y, y.with(DType.I32));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new MaxPoolBackward(geometry, Spatial.of(g.shape(0).spatial())), g.outputGradient(0), g.output(1)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
