package dev.cardinal.op;

import java.util.Arrays;
import java.util.stream.Collectors;

/** One integer per spatial axis: kernel sizes, strides, paddings, dilations, feature-map sizes. Immutable. */
public final class Spatial {
  private final int[] values;

  private Spatial(int[] values) {
    this.values = values;
  }

  /** The given values, outermost axis first (depth, height, width). */
  public static Spatial of(int... values) {
    return new Spatial(values.clone());
  }

  /** The same value on {@code rank} axes. */
  public static Spatial all(int rank, int value) {
    int[] v = new int[rank];
    Arrays.fill(v, value);
    return new Spatial(v);
  }

  /** Number of spatial axes. */
  public int rank() {
    return values.length;
  }

  /** The value of one axis. */
  public int at(int axis) {
    return values[axis];
  }

  /** A copy of the values. */
  public int[] toArray() {
    return values.clone();
  }

  /** Product of the values. */
  public long product() {
    long p = 1;
    for (int v : values) {
      p *= v;
    }
    return p;
  }

  /** Whether every axis has this value. */
  public boolean isAll(int value) {
    return Arrays.stream(values).allMatch(v -> v == value);
  }

  /** Throws unless every value is at least {@code min}. */
  void requireAtLeast(int min, String what) {
    for (int v : values) {
      if (v < min) {
        throw new ShapeException(what + " must be at least " + min + " on every axis, got " + this);
      }
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Spatial s && Arrays.equals(values, s.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  /** As in {@code 3x3}. */
  @Override
  public String toString() {
    return Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining("x"));
  }
}
