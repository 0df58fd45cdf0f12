package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import java.nio.IntBuffer;

/**
 * Native memory seen as {@code int} elements, any number of them: a Java buffer holds less than 2 GiB, so large memory is seen through several, which overlap so that a short bulk copy never
 * straddles two. Safe for use by several threads on different elements.
 */
public final class Ints {
  private static final int SHIFT = 28;
  private static final long CHUNK = 1L << SHIFT;
  /** Longest bulk copy. */
  public static final int MAX_COPY = 1 << 24;

  private final IntBuffer[] chunks;

  private Ints(IntBuffer[] chunks) {
    this.chunks = chunks;
  }

  /** {@code count} elements at an address. */
  public static Ints at(long address, long count) {
    IntBuffer[] chunks = new IntBuffer[(int) Math.max(1, (count + CHUNK - 1) >>> SHIFT)];
    for (int i = 0; i < chunks.length; i++) {
      long first = i * CHUNK;
      long n = Math.min(count - first, CHUNK + MAX_COPY);
      chunks[i] = n == 0 ? IntBuffer.allocate(0) : NativeMemory.view(address + first * 4, n * 4).asIntBuffer();
    }
    return new Ints(chunks);
  }

  /** One element. */
  public int get(long i) {
    return chunks[(int) (i >>> SHIFT)].get((int) (i & (CHUNK - 1)));
  }

  /** Sets one element. */
  public void put(long i, int v) {
    chunks[(int) (i >>> SHIFT)].put((int) (i & (CHUNK - 1)), v);
  }

  /** Copies {@code n} elements from {@code i} on to a Java array; at most {@link #MAX_COPY}. */
  public void get(long i, int[] to, int at, int n) {
    chunks[(int) (i >>> SHIFT)].get((int) (i & (CHUNK - 1)), to, at, n);
  }

  /** Copies {@code n} elements of a Java array to {@code i} on; at most {@link #MAX_COPY}. */
  public void put(long i, int[] from, int at, int n) {
    chunks[(int) (i >>> SHIFT)].put((int) (i & (CHUNK - 1)), from, at, n);
  }
}
