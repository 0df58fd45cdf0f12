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

  /** Writes all elements, each rounded once to the tensor's element type. */
  static void store(double[] v, HostTensor t) {
    if (t.dtype() == DType.F64) {
      System.arraycopy(v, 0, t.doubles(), 0, v.length);
    } else if (t.dtype() == DType.F32) {
      float[] f = t.floats();
      for (int i = 0; i < f.length; i++) {
        f[i] = (float) v[i];
      }
    } else {
      for (int i = 0; i < v.length; i++) {
        t.set(i, v[i]);
      }
    }
  }
}
