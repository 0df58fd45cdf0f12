package dev.cardinal.cuda.jcuda;

import jcuda.Pointer;

/** Native host addresses between {@code long} and JCuda's pointers. */
final class HostAddress extends Pointer {
  /** To be set by a call that allocates. */
  HostAddress() {}

  private HostAddress(long address) {
    super(address);
  }

  /** The pointer for an address. */
  static Pointer of(long address) {
    return new HostAddress(address);
  }

  /** The pointer to a primitive array. */
  static Pointer ofArray(Object array) {
    if (array instanceof float[] a) {
      return Pointer.to(a);
    } else if (array instanceof int[] a) {
      return Pointer.to(a);
    } else if (array instanceof long[] a) {
      return Pointer.to(a);
    } else if (array instanceof short[] a) {
      return Pointer.to(a);
    } else if (array instanceof byte[] a) {
      return Pointer.to(a);
    } else if (array instanceof double[] a) {
      return Pointer.to(a);
    }
    throw new IllegalArgumentException("copies take arrays of float, double, int, long, short and byte, got " + array.getClass().getSimpleName());
  }

  /** Bytes of an element of a primitive array. */
  static long elementBytes(Object array) {
    if (array instanceof byte[]) {
      return Byte.BYTES;
    } else if (array instanceof short[]) {
      return Short.BYTES;
    }
    return array instanceof long[] || array instanceof double[] ? Long.BYTES : Integer.BYTES;
  }

  /** The address that a call has set. */
  long address() {
    return getNativePointer() + getByteOffset();
  }
}
