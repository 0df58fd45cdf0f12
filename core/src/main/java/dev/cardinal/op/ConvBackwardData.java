package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * The adjoint of {@link Conv} in its input: the gradient of a convolution's input, and by itself <em>transposed convolution</em> (Zeiler et al. 2010;
 * Dumoulin and Visin 2016, chapter 4).
 *
 * <p>Inputs: dy {@code [N, Cout, spatial…]}, weights {@code [Cout, Cin/groups, kernel…]}, optionally bias {@code [Cin]}. Output: dx {@code [N, Cin, size…]}.
 * As a transposed convolution that reads: x {@code [N, Cin', …]}, weights {@code [Cin', Cout'/groups, kernel…]}.
 *
 * @param geometry of the forward convolution
 * @param size spatial size of the result: several inputs share one output size when the stride is above 1, and output padding picks among them
 * @param activation applied to the result; {@link Activation.Kind#IDENTITY} unless fused
 */
public record ConvBackwardData(ConvGeometry geometry, Spatial size, Activation.Kind activation) implements Op {
  /** Without a fused activation. */
  public ConvBackwardData(ConvGeometry geometry, Spatial size) {
    this(geometry, size, Activation.Kind.IDENTITY);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, 3, "dy, weights[, bias]");
    Expect.floating(in);
    TensorType dy = in.get(0);
    Shape w = in.get(1).shape();
    ConvShapes.check(geometry, dy, w, "dy");
    Expect.that(dy.shape().dim(1) == w.dim(0), "expected %d channels (the first size of weights %s), got %s; set inChannels = %d", w.dim(0), w, dy.shape(),
        dy.shape().dim(1));
    int channels = w.dim(1) * geometry.groups();
    ConvShapes.bias(in, channels);
    Spatial expected = geometry.outputSize(size, Spatial.of(w.spatial()));
    Expect.that(expected.equals(Spatial.of(dy.shape().spatial())), "a result of size %s belongs to an input of size %s, got %s; choose the output padding so that"
        + " the sizes match", size, expected, dy.shape());
    return List.of(dy.with(Shape.of(dy.shape().dim(0), channels, size.toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V r = Activation.backThrough(activation, g);
    V ddy = g.wanted(0) ? g.emit(new Conv(geometry), r, g.input(1)) : null;
    V dw = g.wanted(1) ? g.emit(new ConvBackwardWeights(geometry, Spatial.of(g.shape(1).spatial())), r, g.input(0)) : null;
    return ConvShapes.gradients(g, ddy, dw, r);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(ConvShapes.macs(in.get(0).shape(), in.get(1).shape()), ConvShapes.parameters(in), in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int groups = geometry.groups();
    int cout = in.get(0).shape().dim(1);
    int cin = out.get(0).shape().dim(1);
    List<Way> ways = new ArrayList<>();
    if (groups == 1) {
      ways.add(Way.along(this, false, cin, ConvShapes.operands(in, Way.Operand.WHOLE, Way.Operand.along(1, cin), Way.Operand.along(0, cin)), List.of(Way.Operand.along(1, cin))));
    } else {
      Way.Operand byGroup = Way.Operand.along(0, groups);
      ways.add(Way.along(this, false, groups, ConvShapes.operands(in, Way.Operand.along(1, groups), byGroup, byGroup), List.of(Way.Operand.along(1, groups)))
          .locally(s -> new ConvBackwardData(geometry.withGroups(s.count(groups)), size, activation)));
    }
    if (activation == Activation.Kind.IDENTITY) {
      // Devices that share a group give summands of that group's result.
      Way inner = Way.along(this, false, cout, ConvShapes.operands(in, Way.Operand.along(1, cout), Way.Operand.along(0, cout), Way.Operand.WHOLE),
          List.of(groups == 1 ? Way.Operand.SUM : new Way.Operand(1, groups, true))).locally(s -> new ConvBackwardData(geometry.withGroups(s.count(groups)), size, activation));
      ways.add(in.size() == 3 ? inner.withLateBias(2) : inner);
    }
    ways.add(SplitRule.samples(this, in, out).wholeInput(1));
    return SplitRule.of(ways);
  }

  @Override
  public String toString() {
    return "ConvBackwardData[" + geometry + ", size " + size + (activation == Activation.Kind.IDENTITY ? "" : ", " + activation) + "]";
  }
}
