package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sum or mean over axes. Input: x. Output: x without those axes, or with size 1 there.
 *
 * @param axes the axes to reduce, counted from the front
 * @param keepAxes whether reduced axes stay with size 1
 */
public record Reduce(Kind kind, List<Integer> axes, boolean keepAxes) implements Op {
  /** The reductions. */
  public enum Kind {
    SUM,
    MEAN
  }

  public Reduce {
    axes = axes.stream().sorted().distinct().toList();
  }

  /** Over every axis but one, as a bias gradient needs. */
  public static Reduce overAllBut(Kind kind, int axis, int rank) {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      if (i != axis) {
        axes.add(i);
      }
    }
    return new Reduce(kind, axes, false);
  }

  /** Over every axis, to a scalar. */
  public static Reduce toScalar(Kind kind, int rank) {
    return overAllBut(kind, -1, rank);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    Shape x = in.get(0).shape();
    Expect.that(kind == Kind.SUM || x.size() > 0, "the mean of an empty tensor %s is not defined", x);
    return List.of(in.get(0).with(reduced(x, keepAxes)));
  }

  private Shape reduced(Shape x, boolean keep) {
    List<Integer> out = new ArrayList<>();
    for (int a : axes) {
      Expect.that(a >= 0 && a < x.rank(), "axis %d is outside shape %s", a, x);
    }
    for (int i = 0; i < x.rank(); i++) {
      if (!axes.contains(i)) {
        out.add(x.dim(i));
      } else if (keep) {
        out.add(1);
      }
    }
    return Shape.of(out.stream().mapToInt(Integer::intValue).toArray());
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    Shape x = g.shape(0);
    V dy = g.outputGradient(0);
    if (!keepAxes && !axes.isEmpty()) {
      dy = g.emit(new Reshape(reduced(x, true)), dy);
    }
    if (kind == Kind.MEAN) {
      dy = g.emit(new Scale((double) g.type(dy).shape().size() / x.size(), 0), dy);
    }
    return Arrays.asList(g.emit(new BroadcastTo(x), dy));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    Shape x = in.get(0).shape();
    List<Way> ways = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      int axis = i;
      boolean reduced = axes.contains(axis);
      int left = keepAxes ? axis : axis - (int) axes.stream().filter(a -> a < axis).count();
      if (!reduced || kind == Kind.SUM) {
        ways.add(Way.along(this, axis == 0 && x.rank() > 1, x.dim(axis), List.of(Way.Operand.along(axis, x.dim(axis))),
            List.of(reduced ? Way.Operand.SUM : Way.Operand.along(left, x.dim(axis)))));
      }
    }
    return SplitRule.of(ways).linear(true);
  }
}
