package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Elementwise arithmetic on two tensors, with broadcasting: shapes are aligned at their last axes, and an axis of size 1 repeats to the other's size. Inputs: a, b. Output: c.
 * Scaling by channel is multiplication by {@code [C, 1, 1]}.
 */
public record Binary(Kind kind) implements Op {
  /** The functions. */
  public enum Kind {
    /** a + b. */
    ADD,
    /** a - b. */
    SUBTRACT,
    /** a b. */
    MULTIPLY,
    /** a / b. */
    DIVIDE,
    /** The larger; the gradient goes to a where they are equal. */
    MAXIMUM,
    /** The smaller; the gradient goes to a where they are equal. */
    MINIMUM,
    /** 1 where a is at least b, else 0; has no gradient. */
    GREATER_OR_EQUAL
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "a, b");
    Expect.floating(in);
    return List.of(in.get(0).with(broadcast(in.get(0).shape(), in.get(1).shape())));
  }

  /** The shape that two shapes broadcast to. */
  public static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] out = new int[rank];
    for (int i = 0; i < rank; i++) {
      int da = i < rank - a.rank() ? 1 : a.dim(i - rank + a.rank());
      int db = i < rank - b.rank() ? 1 : b.dim(i - rank + b.rank());
      Expect.that(da == db || da == 1 || db == 1, "shapes %s and %s do not broadcast: sizes %d and %d differ and neither is 1", a, b, da, db);
      out[i] = da == 1 ? db : da;
    }
    return Shape.of(out);
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V dy = g.outputGradient(0);
    V a = g.input(0);
    V b = g.input(1);
    V da = null;
    V db = null;
    if (g.wanted(0)) {
      da = switch (kind) {
        case ADD, SUBTRACT -> dy;
        case MULTIPLY -> g.emit(new Binary(Kind.MULTIPLY), dy, b);
        case DIVIDE -> g.emit(new Binary(Kind.DIVIDE), dy, b);
        case MAXIMUM -> g.emit(new Binary(Kind.MULTIPLY), dy, g.emit(new Binary(Kind.GREATER_OR_EQUAL), a, b));
        case MINIMUM -> g.emit(new Binary(Kind.MULTIPLY), dy, g.emit(new Binary(Kind.GREATER_OR_EQUAL), b, a));
        case GREATER_OR_EQUAL -> null;
      };
    }
    if (g.wanted(1)) {
      db = switch (kind) {
        case ADD -> dy;
        case SUBTRACT -> g.emit(new Unary(Unary.Kind.NEGATE), dy);
        case MULTIPLY -> g.emit(new Binary(Kind.MULTIPLY), dy, a);
        case DIVIDE -> g.emit(new Unary(Unary.Kind.NEGATE), g.emit(new Binary(Kind.MULTIPLY), dy, g.emit(new Binary(Kind.DIVIDE), g.output(0), b)));
        case MAXIMUM -> otherwise(g, dy, a, b);
        case MINIMUM -> otherwise(g, dy, b, a);
        case GREATER_OR_EQUAL -> null;
      };
    }
    return Arrays.asList(da == null ? null : sumTo(g, da, g.shape(0)), db == null ? null : sumTo(g, db, g.shape(1)));
  }

  private static <V> V otherwise(Gradients<V> g, V dy, V x, V y) {
    V kept = g.emit(new Scale(-1, 1), g.emit(new Binary(Kind.GREATER_OR_EQUAL), x, y));
    return g.emit(new Binary(Kind.MULTIPLY), dy, kept);
  }

  /** Undoes broadcasting: what was repeated is summed. */
  private static <V> V sumTo(Gradients<V> g, V value, Shape target) {
    Shape s = g.type(value).shape();
    if (s.equals(target)) {
      return value;
    }
    List<Integer> axes = new ArrayList<>();
    int extra = s.rank() - target.rank();
    for (int i = 0; i < s.rank(); i++) {
      if (i < extra || target.dim(i - extra) == 1 && s.dim(i) != 1) {
        axes.add(i);
      }
    }
    V summed = g.emit(new Reduce(Reduce.Kind.SUM, axes, true), value);
    return g.type(summed).shape().equals(target) ? summed : g.emit(new Reshape(target), summed);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    Shape y = out.get(0).shape();
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.elementwise(this, out, out).ways()) {
      int fromEnd = y.rank() - w.outputs().get(0).axis();
      ways.add(Way.along(this, w.batch(), w.units(), in.stream().map(t -> operand(t.shape(), fromEnd, w.units())).toList(), w.outputs()));
    }
    return SplitRule.of(ways).linear(kind == Kind.ADD && in.get(0).equals(in.get(1)));
  }

  private static Way.Operand operand(Shape s, int fromEnd, int units) {
    return fromEnd > s.rank() || s.dim(s.rank() - fromEnd) != units ? Way.Operand.WHOLE : Way.Operand.along(s.rank() - fromEnd, units);
  }
}
