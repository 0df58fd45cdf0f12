package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** The checks that shape rules share. Each failure is one sentence. */
final class Expect {
  private Expect() {}

  static void that(boolean ok, String format, Object... args) {
    if (!ok) {
      throw new ShapeException(String.format(format, args));
    }
  }

  static void inputs(List<TensorType> in, int min, int max, String names) {
    that(in.size() >= min && in.size() <= max, "expected inputs (%s), got %d: %s", names, in.size(), in);
  }

  static void inputs(List<TensorType> in, int count, String names) {
    inputs(in, count, count, names);
  }

  /** All floating inputs of an operation have one element type. */
  static void floating(List<TensorType> in) {
    for (TensorType t : in) {
      that(t.dtype().isFloating(), "expected floating-point inputs, got %s; cast it first", t);
      that(t.dtype() == in.get(0).dtype(), "expected inputs of one element type, got %s and %s; cast one of them", in.get(0), t);
    }
  }

  static void dtype(TensorType t, DType dtype, String what) {
    that(t.dtype() == dtype, "%s must be %s, got %s", what, dtype, t);
  }

  static void same(TensorType a, TensorType b, String what) {
    that(a.equals(b), "%s must have one type, got %s and %s", what, a, b);
  }

  static void shape(TensorType t, Shape shape, String what) {
    that(t.shape().equals(shape), "%s must have shape %s, got %s", what, shape, t.shape());
  }

  /** A feature map: batch, channels, one to three spatial axes. */
  static int featureMap(TensorType t, String what) {
    int rank = t.shape().rank() - 2;
    that(rank >= 1 && rank <= 3, "%s must be [N, C, spatial...] with 1 to 3 spatial axes, got %s", what, t.shape());
    return rank;
  }

  /** At least batch and channels. */
  static void channels(TensorType t, String what) {
    that(t.shape().rank() >= 2, "%s must have a batch and a channel axis, got %s", what, t.shape());
  }

  static int axis(int axis, Shape shape) {
    that(axis >= -shape.rank() && axis < shape.rank(), "axis %d is outside shape %s", axis, shape);
    return axis < 0 ? axis + shape.rank() : axis;
  }
}
