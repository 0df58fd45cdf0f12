package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolution (cross-correlation, as in every deep-learning library), of 1 to 3 spatial axes, in groups.
 *
 * <p>Inputs: x {@code [N, Cin, spatial…]}, weights {@code [Cout, Cin/groups, kernel…]}, optionally bias {@code [Cout]}. Output: y
 * {@code [N, Cout, out…]}, sizes as in {@link ConvGeometry#outputSize}. Output channel o of group g (Cout/groups channels each) is the sum over that
 * group's input channels. Depthwise convolution is {@code groups = Cin}, with channel multiplier {@code Cout/Cin}.
 *
 * @param geometry stride, padding, dilation, groups
 * @param activation applied to the result; {@link Activation.Kind#IDENTITY} unless fused
 */
public record Conv(ConvGeometry geometry, Activation.Kind activation) implements Op {
  /** Without a fused activation. */
  public Conv(ConvGeometry geometry) {
    this(geometry, Activation.Kind.IDENTITY);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, 3, "x, weights[, bias]");
    Expect.floating(in);
    TensorType x = in.get(0);
    Shape w = in.get(1).shape();
    ConvShapes.check(geometry, x, w, "x");
    int perGroup = w.dim(1);
    int cin = x.shape().dim(1);
    int g = geometry.groups();
    Expect.that(cin % g == 0, "expected input channels divisible by groups %d, got %d; set groups to a divisor of %d", g, cin, cin);
    Expect.that(perGroup * g == cin, "expected %d input channels per group (%d / groups %d), got weights %s with %d; set inChannels = %d or groups = %s",
        cin / g, cin, g, w, perGroup, cin, cin % perGroup == 0 ? String.valueOf(cin / perGroup) : "a divisor of " + cin);
    ConvShapes.bias(in, w.dim(0));
    Spatial out = geometry.outputSize(Spatial.of(x.shape().spatial()), Spatial.of(w.spatial()));
    return List.of(x.with(Shape.of(x.shape().dim(0), w.dim(0), out.toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    // y = W x is linear in each argument: dx = W^T dy, dW = dy x^T, group by group, which are the two sibling operations.
    V dy = Activation.backThrough(activation, g);
    V dx = g.wanted(0) ? g.emit(new ConvBackwardData(geometry, Spatial.of(g.shape(0).spatial())), dy, g.input(1)) : null;
    V dw = g.wanted(1) ? g.emit(new ConvBackwardWeights(geometry, Spatial.of(g.shape(1).spatial())), g.input(0), dy) : null;
    return ConvShapes.gradients(g, dx, dw, dy);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(ConvShapes.macs(out.get(0).shape(), in.get(1).shape()), ConvShapes.parameters(in), in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    // Output channels divide; a device needs the input channels of the groups that its outputs belong to: all of them if there is one group.
    int groups = geometry.groups();
    int cout = out.get(0).shape().dim(1);
    int cin = in.get(0).shape().dim(1);
    Way.Operand outputs = Way.Operand.along(0, cout);
    List<Way> ways = new ArrayList<>();
    ways.add(Way.along(this, false, cout, ConvShapes.operands(in, Way.Operand.along(1, groups), outputs, outputs), List.of(Way.Operand.along(1, cout)))
        .locally(s -> new Conv(geometry.withGroups(s.count(groups)), activation)));
    if (groups == 1 && activation == Activation.Kind.IDENTITY) {
      // Or input channels do, and every device gives a summand of all outputs.
      ways.add(ConvShapes.inner(this, in, cin));
    }
    ways.add(SplitRule.samples(this, in, out).wholeInput(1));
    return SplitRule.of(ways);
  }

  @Override
  public String toString() {
    return "Conv[" + geometry + (activation == Activation.Kind.IDENTITY ? "" : ", " + activation) + "]";
  }
}
