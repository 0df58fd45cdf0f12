package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Floats;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** An operand between guards. */
final class Operand implements AutoCloseable {
  private static final long GUARD_BYTES = 1 << 14;
  private static final int UNTOUCHED = 0x5AFE5AFE;
  private final NativeMemory memory;
  private final int count;

  Operand(long bytes) {
    count = (int) (bytes / Float.BYTES);
    memory = NativeMemory.allocate(bytes + 2 * GUARD_BYTES, "a test");
    IntBuffer all = NativeMemory.view(memory.address(), memory.bytes()).asIntBuffer();
    while (all.hasRemaining()) {
      all.put(UNTOUCHED);
    }
  }

  Operand(float[] values) {
    this((long) values.length * Float.BYTES);
    view().put(values);
  }

  long address() {
    return memory.address() + GUARD_BYTES;
  }

  Floats floats() {
    return Floats.at(address(), count);
  }

  private FloatBuffer view() {
    return NativeMemory.view(address(), (long) count * Float.BYTES).asFloatBuffer();
  }

  float[] now() {
    float[] v = new float[count];
    view().get(v);
    return v;
  }

  void check(String what) {
    for (long at : new long[] {memory.address(), address() + (long) count * Float.BYTES}) {
      IntBuffer guard = NativeMemory.view(at, GUARD_BYTES).asIntBuffer();
      while (guard.hasRemaining()) {
        assertEquals(UNTOUCHED, guard.get(), () -> "memory before or behind " + what);
      }
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
