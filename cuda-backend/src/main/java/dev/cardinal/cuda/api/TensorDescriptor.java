package dev.cardinal.cuda.api;

import dev.cardinal.tensor.DType;
import java.util.Arrays;

/**
 * A tensor as cuDNN sees it: logical axes N, C, spatial…, at least 4 and at most 5 of them, with the distance in elements along each.
 *
 * @param dtype element type
 * @param dims sizes
 * @param strides elements from one index to the next, per axis
 */
public record TensorDescriptor(DType dtype, int[] dims, int[] strides) {
  /** Without gaps, in the order of the axes (NCHW). */
  public static TensorDescriptor nchw(DType dtype, int... dims) {
    int[] strides = new int[dims.length];
    int s = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = s;
      s = Math.multiplyExact(s, dims[i]);
    }
    return new TensorDescriptor(dtype, dims, strides);
  }

  /** Without gaps, channels innermost (NHWC). The sizes are given in logical order all the same. */
  public static TensorDescriptor nhwc(DType dtype, int... dims) {
    int[] strides = new int[dims.length];
    int s = dims[1];
    strides[1] = 1;
    for (int i = dims.length - 1; i >= 2; i--) {
      strides[i] = s;
      s = Math.multiplyExact(s, dims[i]);
    }
    strides[0] = s;
    return new TensorDescriptor(dtype, dims, strides);
  }

  /** Bytes from the first element to behind the last. */
  public long bytes() {
    long last = 0;
    for (int i = 0; i < dims.length; i++) {
      last += (dims[i] - 1L) * strides[i];
    }
    return (last + 1) * dtype.bytes();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof TensorDescriptor t && dtype == t.dtype && Arrays.equals(dims, t.dims) && Arrays.equals(strides, t.strides);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims) * 31 + Arrays.hashCode(strides);
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(dims) + " strides " + Arrays.toString(strides);
  }
}
