package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Adds elements around a tensor. Input: x. Output: on each axis {@code low + size + high} elements.
 *
 * @param low elements before, per axis, at least 0
 * @param high elements after, per axis, at least 0
 * @param mode what the new elements are
 * @param value of the new elements in {@link Mode#CONSTANT}
 */
public record Pad(List<Integer> low, List<Integer> high, Mode mode, double value) implements Op {
  /** What padding consists of. */
  public enum Mode {
    /** A given value. */
    CONSTANT,
    /** A mirror image that does not repeat the border. */
    REFLECT,
    /** The border element, repeated. */
    EDGE
  }

  public Pad {
    low = List.copyOf(low);
    high = List.copyOf(high);
    Expect.that(low.size() == high.size(), "low %s and high %s must have one entry per axis", low, high);
    Expect.that(low.stream().allMatch(v -> v >= 0) && high.stream().allMatch(v -> v >= 0), "padding must be at least 0, got %s and %s; slice to remove elements", low, high);
  }

  /** The index that padded position {@code p} of an axis reads from, or -1 for a constant. */
  public int source(int axis, int p, int size) {
    int i = p - low.get(axis);
    if (i >= 0 && i < size) {
      return i;
    }
    return switch (mode) {
      case CONSTANT -> -1;
      case REFLECT -> i < 0 ? -i : 2 * (size - 1) - i;
      case EDGE -> i < 0 ? 0 : size - 1;
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Shape x = in.get(0).shape();
    Expect.that(x.rank() == low.size(), "padding of %d axes does not fit %s", low.size(), x);
    int[] out = x.dims();
    for (int i = 0; i < out.length; i++) {
      int most = mode == Mode.REFLECT ? out[i] - 1 : mode == Mode.EDGE && out[i] == 0 ? 0 : Integer.MAX_VALUE;
      Expect.that(low.get(i) <= most && high.get(i) <= most, "%s padding %d/%d is too large for axis %d of %s", mode, low.get(i), high.get(i), i, x);
      out[i] += low.get(i) + high.get(i);
    }
    return List.of(in.get(0).with(Shape.of(out)));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    if (mode != Mode.CONSTANT) {
      return Arrays.asList(g.emit(new PadBackward(this, g.shape(0)), g.outputGradient(0)));
    }
    List<Integer> end = new ArrayList<>();
    for (int i = 0; i < low.size(); i++) {
      end.add(low.get(i) + g.shape(0).dim(i));
    }
    return Arrays.asList(g.emit(new Slice(low, end, Collections.nCopies(low.size(), 1)), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.of(SplitRule.along(this, in.get(0).shape(), out.get(0).shape(), a -> low.get(a) == 0 && high.get(a) == 0));
  }
}
