package dev.cardinal.tensor;

/** Element types. Arithmetic is defined for the floating-point types; the integer types carry labels, indices and counters. */
public enum DType {
  /** IEEE binary32, the working type. */
  F32(4, true),
  /** IEEE binary64, for gradient checks on the reference engine. */
  F64(8, true),
  /** IEEE binary16, stored as {@code short} on the host. */
  F16(2, true),
  /** The upper half of a binary32, stored as {@code short} on the host. */
  BF16(2, true),
  /** Two's complement 32-bit integer: class labels, pooling indices. */
  I32(4, false),
  /** Two's complement 64-bit integer: step counters, random keys. */
  I64(8, false),
  /** Unsigned byte: raw image samples. */
  U8(1, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Whether the type is a floating-point type. */
  public boolean isFloating() {
    return floating;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
