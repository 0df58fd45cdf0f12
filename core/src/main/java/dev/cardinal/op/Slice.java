package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.Collections;
import java.util.ArrayList;
import java.util.List;

/**
 * A box of a tensor, every {@code step}-th element of it. Input: x. Output: on each axis elements {@code begin, begin + step, …} below {@code end}.
 *
 * @param begin first index per axis
 * @param end index per axis before which to stop
 * @param step distance per axis, at least 1
 */
public record Slice(List<Integer> begin, List<Integer> end, List<Integer> step) implements Op {
  public Slice {
    begin = List.copyOf(begin);
    end = List.copyOf(end);
    step = List.copyOf(step);
    Expect.that(begin.size() == end.size() && begin.size() == step.size(), "begin %s, end %s and step %s must have one entry per axis", begin, end, step);
  }

  /** The part of one axis from {@code begin} to before {@code end}, all of the others. */
  public static Slice along(Shape shape, int axis, int begin, int end) {
    List<Integer> b = new ArrayList<>(Collections.nCopies(shape.rank(), 0));
    List<Integer> e = new ArrayList<>();
    for (int d : shape.dims()) {
      e.add(d);
    }
    b.set(axis, begin);
    e.set(axis, end);
    return new Slice(b, e, Collections.nCopies(shape.rank(), 1));
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Shape x = in.get(0).shape();
    Expect.that(x.rank() == begin.size(), "a slice of %d axes does not fit %s", begin.size(), x);
    int[] out = new int[x.rank()];
    for (int i = 0; i < out.length; i++) {
      int b = begin.get(i);
      int e = end.get(i);
      int s = step.get(i);
      Expect.that(b >= 0 && b <= e && e <= x.dim(i) && s >= 1, "slice [%d, %d) step %d does not fit axis %d of %s", b, e, s, i, x);
      out[i] = (e - b + s - 1) / s;
    }
    return List.of(in.get(0).with(Shape.of(out)));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new SliceBackward(this, g.shape(0)), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.along(this, in.get(0).shape(), out.get(0).shape(), a -> true)) {
      int axis = w.outputs().get(0).axis();
      ways.add(w.locally(s -> along(axis, 0, s.of(w.units()))));
    }
    return SplitRule.of(ways);
  }

  /** With other limits on one axis. */
  public Slice along(int axis, int first, int last) {
    List<Integer> b = new ArrayList<>(begin);
    List<Integer> e = new ArrayList<>(end);
    b.set(axis, first);
    e.set(axis, last);
    return new Slice(b, e, step);
  }
}
