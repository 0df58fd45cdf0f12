package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The adjoint of {@link Conv} in its weights.
 *
 * <p>Inputs: x {@code [N, Cin, spatial…]}, dy {@code [N, Cout, out…]}. Output: dw {@code [Cout, Cin/groups, kernel…]}.
 *
 * @param geometry of the forward convolution
 * @param kernel spatial size of the weights
 */
public record ConvBackwardWeights(ConvGeometry geometry, Spatial kernel) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "x, dy");
    Expect.floating(in);
    Shape x = in.get(0).shape();
    Shape dy = in.get(1).shape();
    int cin = x.rank() < 2 ? 0 : x.dim(1);
    Expect.that(cin % geometry.groups() == 0 && cin > 0, "expected input channels divisible by groups %d, got %s", geometry.groups(), x);
    Expect.that(dy.rank() == x.rank() && dy.dim(0) == x.dim(0), "x and dy must agree in rank and batch, got %s and %s", x, dy);
    Shape w = Shape.of(dy.dim(1), cin / geometry.groups(), kernel.toArray());
    ConvShapes.check(geometry, in.get(0), w, "x");
    Spatial expected = geometry.outputSize(Spatial.of(x.spatial()), kernel);
    Expect.that(expected.equals(Spatial.of(dy.spatial())), "x %s and kernel %s give an output of size %s, got dy %s", x, kernel, expected, dy);
    return List.of(in.get(0).with(w));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V r = g.outputGradient(0);
    V dx = g.wanted(0) ? g.emit(new ConvBackwardData(geometry, Spatial.of(g.shape(0).spatial())), g.input(1), r) : null;
    V ddy = g.wanted(1) ? g.emit(new Conv(geometry), g.input(0), r) : null;
    return Arrays.asList(dx, ddy);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(ConvShapes.macs(in.get(1).shape(), out.get(0).shape()), 0, in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int groups = geometry.groups();
    int cin = in.get(0).shape().dim(1);
    int cout = in.get(1).shape().dim(1);
    List<Way> ways = new ArrayList<>();
    ways.add(Way.along(this, false, cout, List.of(Way.Operand.along(1, groups), Way.Operand.along(1, cout)), List.of(Way.Operand.along(0, cout)))
        .locally(s -> new ConvBackwardWeights(geometry.withGroups(s.count(groups)), kernel)));
    if (groups == 1) {
      ways.add(Way.along(this, false, cin, List.of(Way.Operand.along(1, cin), Way.Operand.WHOLE), List.of(Way.Operand.along(1, cin))));
    }
    Way.Operand samples = Way.Operand.along(0, in.get(0).shape().dim(0));
    ways.add(Way.along(this, true, samples.units(), List.of(samples, samples), List.of(Way.Operand.SUM)));
    return SplitRule.of(ways);
  }

  @Override
  public String toString() {
    return "ConvBackwardWeights[" + geometry + ", kernel " + kernel + "]";
  }
}
