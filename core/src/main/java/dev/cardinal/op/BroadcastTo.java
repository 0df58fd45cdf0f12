package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Repeats axes of size 1 to the given shape of the same rank. Input: x. Output: y of shape {@code shape}. */
public record BroadcastTo(Shape shape) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Shape x = in.get(0).shape();
    Expect.that(x.rank() == shape.rank() && Binary.broadcast(x, shape).equals(shape), "%s does not broadcast to %s", x, shape);
    return List.of(in.get(0).with(shape));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < shape.rank(); i++) {
      if (g.shape(0).dim(i) != shape.dim(i)) {
        axes.add(i);
      }
    }
    return Arrays.asList(g.emit(new Reduce(Reduce.Kind.SUM, axes, true), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    Shape x = in.get(0).shape();
    List<Way> ways = new ArrayList<>();
    for (int a = 0; a < shape.rank(); a++) {
      int axis = a;
      Way.Operand cut = Way.Operand.along(a, shape.dim(a));
      ways.add(Way.along(this, a == 0, shape.dim(a), List.of(x.dim(a) == shape.dim(a) ? cut : Way.Operand.WHOLE), List.of(cut))
          .locally(s -> new BroadcastTo(shape.with(axis, s.of(shape.dim(axis))))));
    }
    return SplitRule.of(ways).linear(true);
  }
}
