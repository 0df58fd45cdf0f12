package dev.cardinal.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor's axes, outermost first. Feature maps are {@code [N, C, spatial…]}: batch, channels, then one to three
 * spatial axes. A shape of rank 0 is a scalar. Immutable.
 */
public final class Shape {
  private static final Shape SCALAR = new Shape(new int[0]);
  private final int[] dims;
  private final long size;

  private Shape(int[] dims) {
    this.dims = dims;
    long product = 1;
    for (int d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException("negative size " + d + " in shape " + Arrays.toString(dims));
      }
      product = Math.multiplyExact(product, (long) d);
    }
    this.size = product;
  }

  /**
   * A shape of the given sizes.
   *
   * @throws IllegalArgumentException if a size is negative
   * @throws ArithmeticException if the number of elements does not fit in a {@code long}
   */
  public static Shape of(int... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** The shape of a scalar. */
  public static Shape scalar() {
    return SCALAR;
  }

  /** {@code [first, second, rest…]}, the usual way to build {@code [N, C, spatial…]}. */
  public static Shape of(int first, int second, int[] rest) {
    int[] d = new int[rest.length + 2];
    d[0] = first;
    d[1] = second;
    System.arraycopy(rest, 0, d, 2, rest.length);
    return new Shape(d);
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Size of one axis; a negative axis counts from the end. */
  public int dim(int axis) {
    return dims[axis < 0 ? axis + dims.length : axis];
  }

  /** Number of elements. */
  public long size() {
    return size;
  }

  /** A copy of the sizes. */
  public int[] dims() {
    return dims.clone();
  }

  /** A copy of the sizes after batch and channels; empty for a matrix. */
  public int[] spatial() {
    return dims.length <= 2 ? new int[0] : Arrays.copyOfRange(dims, 2, dims.length);
  }

  /** Number of elements in the axes after batch and channels. */
  public long spatialSize() {
    long n = 1;
    for (int i = 2; i < dims.length; i++) {
      n *= dims[i];
    }
    return n;
  }

  /** This shape with one axis replaced. */
  public Shape with(int axis, int size) {
    int[] d = dims.clone();
    d[axis < 0 ? axis + d.length : axis] = size;
    return new Shape(d);
  }

  /** Row-major strides in elements. */
  public long[] strides() {
    long[] s = new long[dims.length];
    long step = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      s[i] = step;
      step *= dims[i];
    }
    return s;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As in {@code [16, 3, 227, 227]}. */
  @Override
  public String toString() {
    return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
