package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.tensor.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Copies host tensors to and from native memory, row-major on both sides. */
public final class HostCopy {
  private static final int PIECE = 1 << 26;

  private HostCopy() {}

  /** Writes a tensor's elements at an address. */
  public static void toNative(HostTensor t, long address) {
    transfer(t, address, true);
  }

  /** Reads a tensor's elements from an address. */
  public static void fromNative(HostTensor t, long address) {
    transfer(t, address, false);
  }

  private static void transfer(HostTensor t, long address, boolean out) {
    int size = t.dtype().bytes();
    for (int from = 0; from < t.size(); from += PIECE) {
      int n = Math.min(PIECE, t.size() - from);
      ByteBuffer b = NativeMemory.view(address + (long) from * size, (long) n * size).order(ByteOrder.nativeOrder());
      switch (t.dtype()) {
        case F32 -> {
          if (out) {
            b.asFloatBuffer().put(t.floats(), from, n);
          } else {
            b.asFloatBuffer().get(t.floats(), from, n);
          }
        }
        case F64 -> {
          if (out) {
            b.asDoubleBuffer().put(t.doubles(), from, n);
          } else {
            b.asDoubleBuffer().get(t.doubles(), from, n);
          }
        }
        case F16, BF16 -> {
          if (out) {
            b.asShortBuffer().put(t.halfBits(), from, n);
          } else {
            b.asShortBuffer().get(t.halfBits(), from, n);
          }
        }
        case I32 -> {
          if (out) {
            b.asIntBuffer().put(t.ints(), from, n);
          } else {
            b.asIntBuffer().get(t.ints(), from, n);
          }
        }
        case I64 -> {
          if (out) {
            b.asLongBuffer().put(t.longs(), from, n);
          } else {
            b.asLongBuffer().get(t.longs(), from, n);
          }
        }
        case U8 -> {
          if (out) {
            b.put(t.bytes(), from, n);
          } else {
            b.get(t.bytes(), from, n);
          }
        }
      }
    }
  }
}
