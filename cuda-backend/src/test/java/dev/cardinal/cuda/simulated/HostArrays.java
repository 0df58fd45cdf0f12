package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;

/** Primitive arrays and native memory. */
final class HostArrays {
  private HostArrays() {}

  static int elementBytes(Object array) {
    if (array instanceof byte[]) {
      return Byte.BYTES;
    } else if (array instanceof short[]) {
      return Short.BYTES;
    }
    return array instanceof long[] || array instanceof double[] ? Long.BYTES : Integer.BYTES;
  }

  static void requireLength(Object array, int elements, String what) {
    if (elements < 0 || elements > Array.getLength(array)) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, what + ", but the array has " + Array.getLength(array));
    }
  }

  static void put(ByteBuffer to, Object array, int n) {
    if (array instanceof float[] a) {
      to.asFloatBuffer().put(a, 0, n);
    } else if (array instanceof int[] a) {
      to.asIntBuffer().put(a, 0, n);
    } else if (array instanceof long[] a) {
      to.asLongBuffer().put(a, 0, n);
    } else if (array instanceof double[] a) {
      to.asDoubleBuffer().put(a, 0, n);
    } else if (array instanceof short[] a) {
      to.asShortBuffer().put(a, 0, n);
    } else {
      to.put((byte[]) array, 0, n);
    }
  }

  static void get(ByteBuffer from, Object array, int n) {
    if (array instanceof float[] a) {
      from.asFloatBuffer().get(a, 0, n);
    } else if (array instanceof int[] a) {
      from.asIntBuffer().get(a, 0, n);
    } else if (array instanceof long[] a) {
      from.asLongBuffer().get(a, 0, n);
    } else if (array instanceof double[] a) {
      from.asDoubleBuffer().get(a, 0, n);
    } else if (array instanceof short[] a) {
      from.asShortBuffer().get(a, 0, n);
    } else {
      from.get((byte[]) array, 0, n);
    }
  }
}
