package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.Ints;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;

/** A value in memory. */
public record Tensor(TensorType type, Order order, Slot slot) {
  /** Logical shape. */
  public Shape shape() {
    return type.shape();
  }

  /** Number of elements. */
  public long size() {
    return type.shape().size();
  }

  /** Whether both orders are the same memory. */
  public static boolean orderless(Shape s) {
    return s.rank() < 3 || s.dim(1) == 1 || s.spatialSize() == 1;
  }

  /** Logical sizes for a descriptor; a scalar counts as one element. */
  public long[] dims() {
    return dims(shape());
  }

  /** Logical sizes of a shape for a descriptor; a scalar counts as one element. */
  public static long[] dims(Shape s) {
    if (s.rank() == 0) {
      return new long[] {1};
    }
    long[] d = new long[s.rank()];
    for (int i = 0; i < d.length; i++) {
      d[i] = s.dim(i);
    }
    return d;
  }

  /** Bytes that it takes. */
  public long bytes() {
    return bytes(type, order);
  }

  /** Bytes that a value takes in an order. */
  static long bytes(TensorType type, Order order) {
    return order == Order.REDUCED ? type.shape().size() * Short.BYTES : type.bytes();
  }

  /** Strides in elements of the logical axes. */
  public long[] strides() {
    return strides(shape(), order);
  }

  /** Strides in elements of the logical axes of a tensor in an order. */
  public static long[] strides(Shape shape, Order order) {
    long[] d = dims(shape);
    long[] s = new long[d.length];
    int[] axes = physicalAxes(d.length, order);
    long step = 1;
    for (int i = axes.length - 1; i >= 0; i--) {
      s[axes[i]] = step;
      step *= Math.max(1, d[axes[i]]);
    }
    return s;
  }

  /** Logical axes in the order of memory, the slowest first. */
  public static int[] physicalAxes(int rank, Order order) {
    int[] axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      axes[i] = order == Order.PLAIN || i == 0 || rank < 3 ? i : i == rank - 1 ? 1 : i + 1;
    }
    return axes;
  }

  /** Its memory as floats; once the arena is placed. */
  public Floats floats() {
    return Floats.at(slot.address(), size());
  }

  /** Its memory as ints, or as raw 32-bit words; once the arena is placed. */
  public Ints ints() {
    return Ints.at(slot.address(), size() * type.dtype().bytes() / Integer.BYTES);
  }
}
