package dev.cardinal.tensor;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * A dense row-major tensor in the Java heap, backed by one primitive array: {@code float[]} for F32, {@code double[]} for F64,
 * {@code short[]} for F16 and BF16, {@code int[]} for I32, {@code long[]} for I64, {@code byte[]} for U8. The array is shared, never copied,
 * by {@link #of(Shape, float...)} and {@link #floats()}: it is the array a person fills and reads. At most 2³¹−1 elements.
 */
public final class HostTensor {
  private final TensorType type;
  private final Object array;

  private HostTensor(TensorType type, Object array, int length) {
    if (type.shape().size() != length) {
      throw new IllegalArgumentException("a tensor of type " + type + " has " + type.shape().size() + " elements, got an array of " + length);
    }
    this.type = type;
    this.array = array;
  }

  /** A tensor of zeros. */
  public static HostTensor zeros(TensorType type) {
    if (type.shape().size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("a host tensor holds at most 2^31 - 9 elements, " + type + " has " + type.shape().size());
    }
    int n = (int) type.shape().size();
    Object a = switch (type.dtype()) {
      case F32 -> new float[n];
      case F64 -> new double[n];
      case F16, BF16 -> new short[n];
      case I32 -> new int[n];
      case I64 -> new long[n];
      case U8 -> new byte[n];
    };
    return new HostTensor(type, a, n);
  }

  /** A float32 tensor over the given array, not copied. */
  public static HostTensor of(Shape shape, float... values) {
    return new HostTensor(new TensorType(DType.F32, shape), values, values.length);
  }

  /** A float64 tensor over the given array, not copied. */
  public static HostTensor of(Shape shape, double... values) {
    return new HostTensor(new TensorType(DType.F64, shape), values, values.length);
  }

  /** An int32 tensor over the given array, not copied. */
  public static HostTensor of(Shape shape, int... values) {
    return new HostTensor(new TensorType(DType.I32, shape), values, values.length);
  }

  /** An int64 tensor over the given array, not copied. */
  public static HostTensor of(Shape shape, long... values) {
    return new HostTensor(new TensorType(DType.I64, shape), values, values.length);
  }

  /** An unsigned-byte tensor over the given array, not copied. */
  public static HostTensor of(Shape shape, byte... values) {
    return new HostTensor(new TensorType(DType.U8, shape), values, values.length);
  }

  /** A 16-bit floating-point tensor ({@link DType#F16} or {@link DType#BF16}) over the given bit patterns, not copied. */
  public static HostTensor ofHalf(DType dtype, Shape shape, short... bits) {
    if (dtype != DType.F16 && dtype != DType.BF16) {
      throw new IllegalArgumentException("ofHalf makes f16 and bf16 tensors, got " + dtype);
    }
    return new HostTensor(new TensorType(dtype, shape), bits, bits.length);
  }

  /** A float32 scalar. */
  public static HostTensor scalar(float value) {
    return of(Shape.scalar(), value);
  }

  /** A tensor filled from the linear (row-major) index. */
  public static HostTensor generate(TensorType type, IntToDoubleFunction f) {
    HostTensor t = zeros(type);
    int n = t.size();
    for (int i = 0; i < n; i++) {
      t.set(i, f.applyAsDouble(i));
    }
    return t;
  }

  /** Element type and shape. */
  public TensorType type() {
    return type;
  }

  /** Element type. */
  public DType dtype() {
    return type.dtype();
  }

  /** Shape. */
  public Shape shape() {
    return type.shape();
  }

  /** Number of elements. */
  public int size() {
    return (int) type.shape().size();
  }

  /** The backing array of a float32 tensor. */
  public float[] floats() {
    return backing(float[].class);
  }

  /** The backing array of a float64 tensor. */
  public double[] doubles() {
    return backing(double[].class);
  }

  /** The backing array of an int32 tensor. */
  public int[] ints() {
    return backing(int[].class);
  }

  /** The backing array of an int64 tensor. */
  public long[] longs() {
    return backing(long[].class);
  }

  /** The backing array of an unsigned-byte tensor. */
  public byte[] bytes() {
    return backing(byte[].class);
  }

  /** The bit patterns of a 16-bit floating-point tensor. */
  public short[] halfBits() {
    return backing(short[].class);
  }

  /** The backing array, whatever its type. */
  public Object array() {
    return array;
  }

  private <A> A backing(Class<A> wanted) {
    if (!wanted.isInstance(array)) {
      throw new IllegalStateException("a " + type + " tensor is backed by " + array.getClass().getSimpleName() + ", not " + wanted.getSimpleName());
    }
    return wanted.cast(array);
  }

  /** One element by linear index, widened to double. Convenient and slow: loops over large tensors use the backing array. */
  public double get(int i) {
    return switch (type.dtype()) {
      case F32 -> floats()[i];
      case F64 -> doubles()[i];
      case F16 -> HalfFloats.fromF16(halfBits()[i]);
      case BF16 -> HalfFloats.fromBf16(halfBits()[i]);
      case I32 -> ints()[i];
      case I64 -> longs()[i];
      case U8 -> bytes()[i] & 0xff;
    };
  }

  /** Sets one element by linear index, rounding to the element type. */
  public void set(int i, double v) {
    switch (type.dtype()) {
      case F32 -> floats()[i] = (float) v;
      case F64 -> doubles()[i] = v;
      case F16 -> halfBits()[i] = HalfFloats.toF16((float) v);
      case BF16 -> halfBits()[i] = HalfFloats.toBf16((float) v);
      case I32 -> ints()[i] = (int) v;
      case I64 -> longs()[i] = (long) v;
      case U8 -> bytes()[i] = (byte) (int) v;
    }
  }

  /** The only element of a one-element tensor. */
  public double item() {
    if (size() != 1) {
      throw new IllegalStateException("item() needs one element, " + type + " has " + size());
    }
    return get(0);
  }

  /** A copy converted to another element type, or this tensor if it has that type already. */
  public HostTensor to(DType dtype) {
    if (dtype == dtype()) {
      return this;
    }
    return generate(type.with(dtype), this::get);
  }

  /** The same elements under another shape; the array is shared. */
  public HostTensor reshape(int... dims) {
    return new HostTensor(type.with(Shape.of(dims)), array, size());
  }

  /** A deep copy. */
  public HostTensor copy() {
    HostTensor t = zeros(type);
    System.arraycopy(array, 0, t.array, 0, size());
    return t;
  }

  /** Whether type and every bit of every element agree. */
  public boolean sameBits(HostTensor o) {
    if (!type.equals(o.type)) {
      return false;
    }
    return switch (type.dtype()) {
      case F32 -> {
        float[] a = floats();
        float[] b = o.floats();
        boolean same = true;
        for (int i = 0; i < a.length && same; i++) {
          same = Float.floatToRawIntBits(a[i]) == Float.floatToRawIntBits(b[i]);
        }
        yield same;
      }
      case F64 -> {
        double[] a = doubles();
        double[] b = o.doubles();
        boolean same = true;
        for (int i = 0; i < a.length && same; i++) {
          same = Double.doubleToRawLongBits(a[i]) == Double.doubleToRawLongBits(b[i]);
        }
        yield same;
      }
      case F16, BF16 -> Arrays.equals(halfBits(), o.halfBits());
      case I32 -> Arrays.equals(ints(), o.ints());
      case I64 -> Arrays.equals(longs(), o.longs());
      case U8 -> Arrays.equals(bytes(), o.bytes());
    };
  }

  /** The type and the first few elements. */
  @Override
  public String toString() {
    StringBuilder s = new StringBuilder(type.toString()).append(" {");
    int shown = Math.min(size(), 8);
    for (int i = 0; i < shown; i++) {
      s.append(i == 0 ? "" : ", ").append(type.dtype().isFloating() ? Double.toString(get(i)) : Long.toString((long) get(i)));
    }
    return s.append(shown < size() ? ", …}" : "}").toString();
  }
}
