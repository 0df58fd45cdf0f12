package dev.cardinal.cuda.api;

/** An argument of a kernel, in the width of its parameter. */
public sealed interface KernelArg {
  /** What a kernel does with the memory behind a pointer. */
  enum Access {
    /** Reads only. */
    READ,
    /** Writes only; what it does not write keeps its value. */
    WRITE,
    /** Reads and writes. */
    READ_WRITE
  }

  /**
   * A pointer to device memory, and what of it the kernel may touch: hardware does not look at that, the simulated device holds kernels to it.
   *
   * @param address on the device; 0 for a null pointer, with 0 bytes
   * @param bytes the kernel may touch from there on
   * @param access what it does with them
   */
  record Pointer(long address, long bytes, Access access) implements KernelArg {}

  /** A 32-bit integer. */
  record I32(int value) implements KernelArg {}

  /** A 64-bit integer. */
  record I64(long value) implements KernelArg {}

  /** A 32-bit floating-point number. */
  record F32(float value) implements KernelArg {}

  /** Memory that the kernel reads. */
  static KernelArg in(long address, long bytes) {
    return new Pointer(address, bytes, Access.READ);
  }

  /** Memory that the kernel writes. */
  static KernelArg out(long address, long bytes) {
    return new Pointer(address, bytes, Access.WRITE);
  }

  /** Memory that the kernel reads and writes. */
  static KernelArg inOut(long address, long bytes) {
    return new Pointer(address, bytes, Access.READ_WRITE);
  }

  /** A null pointer. */
  static KernelArg none() {
    return new Pointer(0, 0, Access.READ);
  }

  /** An {@code int} parameter. */
  static KernelArg of(int value) {
    return new I32(value);
  }

  /** A {@code long long} parameter. */
  static KernelArg of(long value) {
    return new I64(value);
  }

  /** A {@code float} parameter. */
  static KernelArg of(float value) {
    return new F32(value);
  }
}
