package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The same elements, in row-major order, under another shape. Input: x. Output: y. */
public record Reshape(Shape shape) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.that(in.get(0).shape().size() == shape.size(), "cannot reshape %s (%d elements) to %s (%d elements)", in.get(0).shape(), in.get(0).shape().size(), shape,
        shape.size());
    return List.of(in.get(0).with(shape));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new Reshape(g.shape(0)), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    // Cutting an axis cuts the same run of elements on an axis of the result with as many elements before it, in units that fit both.
    Shape x = in.get(0).shape();
    List<Way> ways = new ArrayList<>();
    long before = 1;
    for (int i = 0; i < x.rank(); i++) {
      int j = x.dim(i) > 1 ? axisAfter(before) : -1;
      int units = j < 0 ? 1 : java.math.BigInteger.valueOf(x.dim(i)).gcd(java.math.BigInteger.valueOf(shape.dim(j))).intValue();
      if (units > 1) {
        ways.add(Way.along(this, i == 0 && x.rank() > 1, units, List.of(Way.Operand.along(i, units)), List.of(Way.Operand.along(j, units)))
            .locally(s -> new Reshape(shape.with(j, s.of(shape.dim(j))))));
      }
      before *= x.dim(i);
    }
    return SplitRule.of(ways).linear(true);
  }

  /** The axis of the result that has this many elements before it, axes of one element aside; or -1. */
  private int axisAfter(long before) {
    long b = 1;
    for (int j = 0; j < shape.rank(); j++) {
      if (b == before && shape.dim(j) > 1) {
        return j;
      }
      b *= shape.dim(j);
    }
    return -1;
  }
}
