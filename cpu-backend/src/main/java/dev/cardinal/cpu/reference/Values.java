package dev.cardinal.cpu.reference;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;

/** Between tensors of any element type and the double precision that kernels compute in. */
final class Values {
  private Values() {}

  /** The elements widened to double. Only to be read: for float64 it is the tensor's own array. */
  static double[] of(HostTensor t) {
    if (t.dtype() == DType.F64) {
      return t.doubles();
    }
    double[] v = new double[t.size()];
    if (t.dtype() == DType.F32) {
      float[] f = t.floats();
      for (int i = 0; i < v.length; i++) {
        v[i] = f[i];
      }
    } else {
      for (int i = 0; i < v.length; i++) {
        v[i] = t.get(i);
      }
    }
    return v;
  }

  /** Writes all elements, each rounded once: to nearest even for floating-point types, towards zero for integers. */
  static void store(double[] v, HostTensor t) {
    if (t.dtype() == DType.F64) {
      System.arraycopy(v, 0, t.doubles(), 0, v.length);
    } else if (t.dtype() == DType.F32) {
      float[] f = t.floats();
      for (int i = 0; i < f.length; i++) {
        f[i] = (float) v[i];
      }
    } else {
      boolean narrow = t.dtype().isFloating();
      for (int i = 0; i < v.length; i++) {
        t.set(i, narrow ? toOdd(v[i]) : v[i]);
      }
    }
  }

  /**
   * To float32 so that rounding once more, to a 16-bit type, gives the number nearest to the double: what is not exact takes the neighbour
   * with an odd last bit, and so is never mistaken for a tie (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
   * algorithms using rounding to odd", 2008, section 3).
   */
  private static float toOdd(double v) {
    float f = (float) v;
    if (f == v || !Float.isFinite(f) || (Float.floatToRawIntBits(f) & 1) == 1) {
      return f;
    }
    return f < v ? Math.nextUp(f) : Math.nextDown(f);
  }
}
