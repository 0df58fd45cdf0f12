package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Changes the spatial size of feature maps: up-sampling. Input: x {@code [N, C, spatial…]}. Output: y {@code [N, C, size…]}.
 *
 * <p>Output position o of an axis reads position p of the input: with {@code alignCorners} p = o (in - 1) / (out - 1) (0 if out is 1), otherwise p = (o + ½) in / out - ½ for
 * {@link Mode#LINEAR} (clamped to at least 0) and p = floor(o in / out) for {@link Mode#NEAREST}, as in PyTorch.
 *
 * @param mode nearest element, or linear between neighbours on each axis (bilinear in 2-D, trilinear in 3-D)
 * @param alignCorners whether the centres of the corner elements are kept in place; linear only
 */
public record Resize(Mode mode, Spatial size, boolean alignCorners) implements Op {
  /** Interpolation. */
  public enum Mode {
    NEAREST,
    LINEAR
  }

  public Resize {
    size.requireAtLeast(1, "size");
    Expect.that(mode == Mode.LINEAR || !alignCorners, "nearest up-sampling has no aligned corners");
  }

  /** The input position that output {@code o} of an axis reads; fractional for linear. */
  public double position(int o, int in, int out) {
    if (mode == Mode.NEAREST) {
      return Math.min((int) ((long) o * in / out), in - 1);
    }
    if (alignCorners) {
      return out == 1 ? 0 : (double) o * (in - 1) / (out - 1);
    }
    return Math.max(0, (o + 0.5) * in / out - 0.5);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    int rank = Expect.featureMap(in.get(0), "x");
    Shape x = in.get(0).shape();
    Expect.that(rank == size.rank() && x.spatialSize() > 0, "resizing to %s needs a non-empty x with %d spatial axes, got %s", size, size.rank(), x);
    return List.of(in.get(0).with(Shape.of(x.dim(0), x.dim(1), size.toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new ResizeBackward(this, Spatial.of(g.shape(0).spatial())), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
