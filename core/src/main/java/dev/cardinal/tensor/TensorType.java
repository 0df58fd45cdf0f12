package dev.cardinal.tensor;

/** What every edge of a graph carries: element type and shape. */
public record TensorType(DType dtype, Shape shape) {
  /** A float32 type of the given sizes. */
  public static TensorType f32(int... dims) {
    return new TensorType(DType.F32, Shape.of(dims));
  }

  /** An int32 type of the given sizes. */
  public static TensorType i32(int... dims) {
    return new TensorType(DType.I32, Shape.of(dims));
  }

  /** The same element type with another shape. */
  public TensorType with(Shape other) {
    return new TensorType(dtype, other);
  }

  /** The same shape with another element type. */
  public TensorType with(DType other) {
    return new TensorType(other, shape);
  }

  /** Bytes of a dense tensor of this type. */
  public long bytes() {
    return Math.multiplyExact(shape.size(), dtype.bytes());
  }

  /** As in {@code f32[16, 3, 227, 227]}. */
  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
