package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Mean over windows chosen so that the output has a given size: output i of an axis averages inputs {@code floor(i in / out)} to
 * {@code ceil((i + 1) in / out) - 1}. With an output of 1 on every axis this is global average pooling (Lin et al. 2014, section 3.2).
 * Input: x {@code [N, C, spatial…]}. Output: y {@code [N, C, output…]}.
 */
public record AdaptiveAvgPool(Spatial output) implements Op {
  public AdaptiveAvgPool {
    output.requireAtLeast(1, "output size");
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    int rank = Expect.featureMap(in.get(0), "x");
    Expect.that(rank == output.rank(), "adaptive pooling to %s needs x with %d spatial axes, got %s", output, output.rank(), in.get(0).shape());
    Shape x = in.get(0).shape();
    Expect.that(x.spatialSize() > 0, "adaptive pooling needs a non-empty input, got %s", x);
    return List.of(in.get(0).with(Shape.of(x.dim(0), x.dim(1), output.toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new AdaptiveAvgPoolBackward(Spatial.of(g.shape(0).spatial())), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
