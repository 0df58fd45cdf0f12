package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Puts each element back where its maximum stood, zeros elsewhere (Zeiler and Fergus 2014). Inputs: x {@code [N, C, spatial…]}, indices as
 * {@link MaxPool} gives them for a plane of {@code size}. Output: y {@code [N, C, size…]}. Where windows overlapped and two elements share an index, the
 * later one (row-major) stays.
 */
public record MaxUnpool(Spatial size) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "x, indices");
    Expect.floating(in.subList(0, 1));
    Expect.dtype(in.get(1), DType.I32, "indices");
    Expect.shape(in.get(1), in.get(0).shape(), "indices");
    int rank = Expect.featureMap(in.get(0), "x");
    Expect.that(rank == size.rank(), "unpooling to %s needs x with %d spatial axes, got %s", size, size.rank(), in.get(0).shape());
    Shape x = in.get(0).shape();
    return List.of(in.get(0).with(Shape.of(x.dim(0), x.dim(1), size.toArray())));
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
