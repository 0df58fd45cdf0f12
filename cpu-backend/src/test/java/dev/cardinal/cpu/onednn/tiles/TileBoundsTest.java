package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.random.PhiloxRandom;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Odd numbers of threads and positions, padding wider than the window: results are exact, and nothing is written before or behind an operand. */
class TileBoundsTest {
  private static final int CASES = 60;
  /** What lies before and behind every operand. */
  private static final long GUARD_BYTES = 1 << 20;
  private static final long UNTOUCHED = 0x5AFE5AFE5AFE5AFEL;
  private final PhiloxRandom random = new PhiloxRandom(53, 1);

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.isThere(), "this processor has no tiles, or they are turned off");
  }

  /** An operand between guards. */
  private static final class Guarded implements AutoCloseable {
    private final NativeMemory memory;
    private final long bytes;

    Guarded(long bytes) {
      this.bytes = (bytes + 63) / 64 * 64;
      memory = NativeMemory.allocate(this.bytes + 2 * GUARD_BYTES, "a test");
      guard(0, true);
      guard(GUARD_BYTES + this.bytes, true);
    }

    Guarded(float[] values) {
      this((long) values.length * Float.BYTES);
      floats().put(values);
    }

    long address() {
      return memory.address() + GUARD_BYTES;
    }

    private FloatBuffer floats() {
      return NativeMemory.view(address(), bytes).asFloatBuffer();
    }

    float[] now(int count) {
      float[] v = new float[count];
      floats().get(v);
      return v;
    }

    private boolean guard(long offset, boolean write) {
      LongBuffer words = NativeMemory.view(memory.address() + offset, GUARD_BYTES).asLongBuffer();
      boolean whole = true;
      for (int i = 0; i < words.limit(); i++) {
        if (write) {
          words.put(i, UNTOUCHED);
        }
        whole &= words.get(i) == UNTOUCHED;
      }
      return whole;
    }

    void check(String what) {
      assertEquals("whole, whole", (guard(0, false) ? "whole" : "damaged") + ", " + (guard(GUARD_BYTES + bytes, false) ? "whole" : "damaged"), () -> "memory before and behind " + what);
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  private float[] numbers(long count) {
    float[] v = new float[(int) count];
    for (int i = 0; i < v.length; i++) {
      v[i] = random.nextInt(9) - 4;
    }
    return v;
  }

  /** All positions in one line: as many as one thread takes at a time and few or many more. */
  @Test
  void positionsThatFillNoBlock() {
    for (int i = 0; i < CASES; i++) {
      int positions = 32 + random.nextInt(i % 2 == 0 ? 100 : 1200);
      check(new TileShape(1, 32 * (1 + random.nextInt(4)), 16 * (1 + random.nextInt(4)), 1, positions, 1, 1, 1, 1, 1, 0, 0, 0, 0), 1 + i % 5);
    }
  }

  /** Strips of which some see nothing but padding: many channels make them narrow. */
  @Test
  void paddingWiderThanTheWindow() {
    for (int i = 0; i < CASES; i++) {
      int rows = 1 + random.nextInt(3);
      int columns = 1 + random.nextInt(3);
      int rowStep = 1 + random.nextInt(3);
      int columnStep = 1 + random.nextInt(3);
      int height = (rows - 1) * rowStep + 1 + random.nextInt(8);
      int width = (columns - 1) * columnStep + 1 + random.nextInt(8);
      int in = i % 2 == 0 ? 1024 : 32;
      int[] padding = random.ints(4, 0, 10).toArray();
      check(new TileShape(1 + random.nextInt(2), in, 16, 1, height, width, rows, columns, rowStep, columnStep, padding[0], padding[1], padding[2], padding[3]), 1 + i % 5);
    }
  }

  /** Maps of remainders with more padding than there are positions, strides wider than the window or the map. */
  @Test
  void strides() {
    for (int i = 0; i < CASES; i++) {
      int rows = 1 + random.nextInt(4);
      int columns = 1 + random.nextInt(4);
      int height = rows + random.nextInt(30);
      int width = columns + random.nextInt(30);
      int down = 1 + random.nextInt(4);
      int across = (down == 1 ? 2 : 1) + random.nextInt(3);
      int[] padding = random.ints(4, 0, i % 2 == 0 ? 3 : 8).toArray();
      TileShape s = new TileShape(1 + random.nextInt(3), i % 5 == 0 ? 512 : 32, i % 4 < 2 ? 32 : 16, 1, height, width, rows, columns, 1, 1, padding[0], padding[1], padding[2], padding[3], down, across);
      check(s, 1 + i % 5);
      TileShape back = s.mirrored();
      if (back != null && TileConvolution.suits(back)) {
        back(s, back, 1 + i % 5);
      }
    }
  }

  private void back(TileShape s, TileShape back, int threads) {
    float[] dx = new float[s.samples() * s.height() * s.width() * s.in()];
    float[] dy = numbers((long) s.samples() * s.outHeight() * s.outWidth() * s.out());
    float[] w = numbers((long) s.taps() * s.in() * s.out());
    TileMeetings.of(s, (input, t, output) -> {
      for (int k = 0; k < s.in(); k++) {
        for (int o = 0; o < s.out(); o++) {
          dx[input * s.in() + k] += dy[output * s.out() + o] * w[(t * s.out() + o) * s.in() + k];
        }
      }
    });
    String what = s + " backwards by " + threads + " threads";
    try (Guarded from = new Guarded(dy); Guarded weights = new Guarded(w); Guarded to = new Guarded(numbers(dx.length)); TileConvolution c = new TileConvolution(back, threads, true, Float.NEGATIVE_INFINITY,
        Float.POSITIVE_INFINITY); Guarded work = new Guarded(c.workBytes())) {
      c.bind(from.address(), weights.address(), 0, to.address(), 0, work.address()).run();
      to.check("the input's gradient, " + what);
      work.check("the gradient's own memory, " + what);
      assertArrayEquals(dx, to.now(dx.length), () -> "input's gradient, " + what);
    }
  }

  private void check(TileShape s, int threads) {
    float[] x = numbers((long) s.samples() * s.height() * s.width() * s.in());
    float[] w = numbers((long) s.taps() * s.in() * s.out());
    float[] y = new float[s.samples() * s.outHeight() * s.outWidth() * s.out()];
    float[] dy = numbers(y.length);
    float[] dw = new float[w.length];
    TileMeetings.of(s, (input, t, output) -> {
      for (int k = 0; k < s.in(); k++) {
        for (int o = 0; o < s.out(); o++) {
          y[output * s.out() + o] += x[input * s.in() + k] * w[(t * s.out() + o) * s.in() + k];
          dw[(t * s.out() + o) * s.in() + k] += x[input * s.in() + k] * dy[output * s.out() + o];
        }
      }
    });
    String what = s + " by " + threads + " threads";
    try (Guarded from = new Guarded(x); Guarded weights = new Guarded(w); Guarded to = new Guarded(dy.clone()); TileConvolution c = new TileConvolution(s, threads, false, -1e30f, 1e30f);
        Guarded work = new Guarded(c.workBytes())) {
      c.bind(from.address(), weights.address(), 0, to.address(), 0, work.address()).run();
      to.check("the output, " + what);
      work.check("the convolution's own memory, " + what);
      assertArrayEquals(y, to.now(y.length), () -> "output, " + what);
    }
    try (Guarded from = new Guarded(x); Guarded gradient = new Guarded(dy); Guarded to = new Guarded(w); TileGradient g = new TileGradient(s, threads); Guarded work = new Guarded(g.workBytes())) {
      g.bind(from.address(), gradient.address(), to.address(), work.address()).run();
      to.check("the weights' gradient, " + what);
      work.check("the gradient's own memory, " + what);
      assertArrayEquals(dw, to.now(dw.length), () -> "weights' gradient, " + what);
    }
  }
}
