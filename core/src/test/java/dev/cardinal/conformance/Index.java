package dev.cardinal.conformance;

import dev.cardinal.tensor.Shape;
import java.util.function.Consumer;

/** Row-major positions in tensors. */
final class Index {
  private Index() {}

  /** Visits every position of a shape in row-major order; the array is reused. */
  static void forEach(Shape shape, Consumer<int[]> visitor) {
    forEach(shape.dims(), visitor);
  }

  static void forEach(int[] dims, Consumer<int[]> visitor) {
    for (int d : dims) {
      if (d == 0) {
        return;
      }
    }
    int[] at = new int[dims.length];
    while (true) {
      visitor.accept(at);
      int axis = dims.length - 1;
      while (axis >= 0 && ++at[axis] == dims[axis]) {
        at[axis--] = 0;
      }
      if (axis < 0) {
        return;
      }
    }
  }

  /** The linear index of a position. */
  static int of(Shape shape, int... at) {
    int i = 0;
    for (int a = 0; a < at.length; a++) {
      i = i * shape.dim(a) + at[a];
    }
    return i;
  }

  /** A position in a feature map from batch, channel and spatial position. */
  static int of(Shape shape, int n, int c, int[] spatial) {
    int i = n * shape.dim(1) + c;
    for (int a = 0; a < spatial.length; a++) {
      i = i * shape.dim(a + 2) + spatial[a];
    }
    return i;
  }
}
