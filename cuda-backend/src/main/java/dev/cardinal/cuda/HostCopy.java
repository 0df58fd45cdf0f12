package dev.cardinal.cuda;

import dev.cardinal.tensor.HostTensor;
import java.nio.ByteBuffer;

/** Host tensors to native memory. */
final class HostCopy {
  private HostCopy() {}

  /** Writes a tensor's elements to a buffer's start. */
  static void to(ByteBuffer target, HostTensor t) {
    switch (t.dtype()) {
      case F32 -> target.asFloatBuffer().put(t.floats());
      case F64 -> target.asDoubleBuffer().put(t.doubles());
      case F16, BF16 -> target.asShortBuffer().put(t.halfBits());
      case I32 -> target.asIntBuffer().put(t.ints());
      case I64 -> target.asLongBuffer().put(t.longs());
      case U8 -> target.duplicate().put(t.bytes());
    }
  }
}
