package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.nio.ByteBuffer;

/** Tensors in device memory as host tensors in float32, and back. */
final class DeviceTensors {
  /** Fraction bits that TF32 has less than float32. */
  private static final int TF32_DROPPED = 13;

  private DeviceTensors() {}

  /** Elements in the order of the axes, wherever they lie. */
  static HostTensor read(TensorDescriptor d, long address) {
    return read(d.dtype(), d.dims(), d.strides(), NativeHost.buffer(address, d.bytes()));
  }

  static HostTensor read(FilterDescriptor d, long address) {
    return read(d.dtype(), d.dims(), strides(d), NativeHost.buffer(address, d.bytes()));
  }

  private static HostTensor read(DType dtype, int[] dims, int[] strides, ByteBuffer memory) {
    Shape shape = Shape.of(dims);
    Walk walk = new Walk(dims, strides);
    int n = shape.size() > 0 ? Math.toIntExact(shape.size()) : 0;
    if (dtype == DType.F32) {
      float[] v = new float[n];
      for (int i = 0; i < n; i++) {
        v[i] = memory.getFloat(walk.next() * Float.BYTES);
      }
      return HostTensor.of(shape, v);
    }
    short[] bits = new short[n];
    for (int i = 0; i < n; i++) {
      bits[i] = memory.getShort(walk.next() * Short.BYTES);
    }
    return HostTensor.ofHalf(dtype, shape, bits).to(DType.F32);
  }

  /** {@code memory = alpha value + beta memory}; where beta is 0, what was there is not looked at. */
  static void write(TensorDescriptor d, long address, HostTensor value, float alpha, float beta) {
    write(d.dtype(), d.dims(), d.strides(), NativeHost.buffer(address, d.bytes()), value, alpha, beta == 0 ? null : read(d, address), beta);
  }

  static void write(FilterDescriptor d, long address, HostTensor value, float alpha, float beta) {
    write(d.dtype(), d.dims(), strides(d), NativeHost.buffer(address, d.bytes()), value, alpha, beta == 0 ? null : read(d, address), beta);
  }

  private static void write(DType dtype, int[] dims, int[] strides, ByteBuffer memory, HostTensor value, float alpha, HostTensor before, float beta) {
    float[] v = value.floats();
    HostTensor result = HostTensor.zeros(new TensorType(DType.F32, Shape.of(dims)));
    float[] r = result.floats();
    for (int i = 0; i < r.length; i++) {
      r[i] = before == null ? alpha * v[i] : alpha * v[i] + beta * before.floats()[i];
    }
    Walk walk = new Walk(dims, strides);
    if (dtype == DType.F32) {
      for (float f : r) {
        memory.putFloat(walk.next() * Float.BYTES, f);
      }
    } else {
      for (short s : result.to(dtype).halfBits()) {
        memory.putShort(walk.next() * Short.BYTES, s);
      }
    }
  }

  private static int[] strides(FilterDescriptor d) {
    return (d.channelsLast() ? TensorDescriptor.nhwc(d.dtype(), d.dims()) : TensorDescriptor.nchw(d.dtype(), d.dims())).strides();
  }

  /** Rounds to what tensor cores see of float32. */
  static HostTensor tf32(HostTensor t) {
    float[] v = t.floats();
    for (int i = 0; i < v.length; i++) {
      int b = Float.floatToRawIntBits(v[i]);
      int half = (1 << TF32_DROPPED - 1) - 1 + (b >>> TF32_DROPPED & 1);
      v[i] = Float.isFinite(v[i]) ? Float.intBitsToFloat(b + half >> TF32_DROPPED << TF32_DROPPED) : v[i];
    }
    return t;
  }

  /** Places of elements one after the other, last axis first. */
  private static final class Walk {
    private final int[] dims;
    private final int[] strides;
    private final int[] at;
    private int place;

    Walk(int[] dims, int[] strides) {
      this.dims = dims;
      this.strides = strides;
      this.at = new int[dims.length];
    }

    int next() {
      int now = place;
      for (int a = dims.length - 1; a >= 0; a--) {
        place += strides[a];
        if (++at[a] < dims[a]) {
          break;
        }
        place -= dims[a] * strides[a];
        at[a] = 0;
      }
      return now;
    }
  }
}
