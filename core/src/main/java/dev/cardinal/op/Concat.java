package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Joins tensors along an axis. Inputs: one or more, equal in every other axis. Output: their concatenation. */
public record Concat(int axis) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, Integer.MAX_VALUE, "one or more tensors");
    TensorType first = in.get(0);
    int a = Expect.axis(axis, first.shape());
    int total = 0;
    for (TensorType t : in) {
      Expect.that(t.shape().rank() == first.shape().rank() && t.dtype() == first.dtype() && t.shape().with(a, 0).equals(first.shape().with(a, 0)),
          "concatenation along axis %d needs equal types and other sizes, got %s and %s", a, first, t);
      total += t.shape().dim(a);
    }
    return List.of(first.with(first.shape().with(a, total)));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    List<V> d = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < g.inputs(); i++) {
      Shape s = g.shape(i);
      int a = Expect.axis(axis, s);
      int next = at + s.dim(a);
      d.add(g.wanted(i) ? g.emit(Slice.along(g.type(g.output(0)).shape(), a, at, next), g.outputGradient(0)) : null);
      at = next;
    }
    return d;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int joined = Expect.axis(axis, out.get(0).shape());
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.along(this, out.get(0).shape(), out.get(0).shape(), a -> a != joined)) {
      ways.add(Way.along(this, w.batch(), w.units(), java.util.Collections.nCopies(in.size(), w.inputs().get(0)), w.outputs()));
    }
    return SplitRule.of(ways);
  }
}
