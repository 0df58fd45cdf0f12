package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Fully connected layer y = activation(x Wᵀ + b). Inputs: x {@code [N, in]}, weights {@code [out, in]}, optionally bias {@code [out]}. Output: y {@code [N, out]}.
 *
 * @param activation applied to the result; IDENTITY unless fused
 */
public record Linear(Activation.Kind activation) implements Op {
  /** Without a fused activation. */
  public Linear() {
    this(Activation.Kind.IDENTITY);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, 3, "x, weights[, bias]");
    Expect.floating(in);
    Shape x = in.get(0).shape();
    Shape w = in.get(1).shape();
    Expect.that(x.rank() == 2, "expected x [N, features], got %s; flatten it first", x);
    Expect.that(w.rank() == 2 && w.dim(1) == x.dim(1), "expected %d input features (weights %s), got x %s; set inFeatures = %d", w.rank() == 2 ? w.dim(1) : -1, w, x,
        x.dim(1));
    ConvShapes.bias(in, w.dim(0));
    return List.of(in.get(0).with(Shape.of(x.dim(0), w.dim(0))));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V dy = Activation.backThrough(activation, g);
    V dx = g.wanted(0) ? g.emit(new MatMul(false, false), dy, g.input(1)) : null;
    V dw = g.wanted(1) ? g.emit(new MatMul(true, false), dy, g.input(0)) : null;
    return ConvShapes.gradients(g, dx, dw, dy);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(in.get(0).shape().dim(0) * in.get(1).shape().size(), ConvShapes.parameters(in), in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int cout = out.get(0).shape().dim(1);
    int cin = in.get(0).shape().dim(1);
    Way.Operand outputs = Way.Operand.along(0, cout);
    List<Way> ways = new ArrayList<>();
    ways.add(Way.along(this, false, cout, ConvShapes.operands(in, Way.Operand.WHOLE, outputs, outputs), List.of(Way.Operand.along(1, cout))));
    if (activation == Activation.Kind.IDENTITY) {
      ways.add(ConvShapes.inner(this, in, cin));
    }
    ways.add(SplitRule.samples(this, in, out).wholeInput(1));
    return SplitRule.of(ways);
  }
}
