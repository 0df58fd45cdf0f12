package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.random.PhiloxRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gradient of ReLU and sums of its columns against plain loops; every bit of the gradient must be right. */
class RectificationTest {
  private static final int CASES = 60;
  private final PhiloxRandom random = new PhiloxRandom(61, 2);
  private final List<NativeMemory> memory = new ArrayList<>();

  @BeforeAll
  static void vectors() {
    Assumptions.assumeTrue(TileCode.hasVectors(), "this processor has no wide vectors, or they are turned off");
  }

  @AfterEach
  void close() {
    memory.forEach(NativeMemory::close);
  }

  private long placed(float[] values) {
    NativeMemory m = NativeMemory.allocate(Math.max(1, values.length) * (long) Float.BYTES, "a test");
    memory.add(m);
    NativeMemory.view(m.address(), m.bytes()).asFloatBuffer().put(values);
    return m.address();
  }

  private static float[] read(long address, int count) {
    float[] v = new float[count];
    Floats.at(address, count).get(0, v, 0, count);
    return v;
  }

  /** Halves, so that sums are exact; zeros of both signs among them. */
  private float[] numbers(int count) {
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      v[i] = (random.nextInt(9) - 4) * (random.nextBoolean() ? 0.5f : -0.5f);
    }
    return v;
  }

  @Test
  void wholeMaps() {
    for (int i = 0; i < CASES; i++) {
      int channels = i % 2 == 0 ? 16 * (1 + random.nextInt(20)) : 1 + random.nextInt(60);
      int positions = (i % 2 == 0 ? 1 : 16) * (1 + random.nextInt(i < 10 ? 3 : 300));
      check(positions, channels, channels, 0, 1 + i % 3, i % 3 > 0);
    }
  }

  @Test
  void someChannelsOfWiderMaps() {
    for (int i = 0; i < CASES; i++) {
      int channels = 16 * (1 + random.nextInt(8));
      int before = random.nextInt(40);
      check(1 + random.nextInt(i < 10 ? 3 : 900), channels, before + channels + 1 + random.nextInt(40), before, 1 + i % 3, i % 3 > 0);
    }
  }

  private void check(int positions, int channels, int wide, int first, int threads, boolean summed) {
    String what = positions + " positions of channels " + first + " to " + (first + channels) + " of " + wide + ", " + threads + " threads, ";
    assertTrue(Rectification.suits(positions, channels, wide), what);
    float[] dy = numbers(positions * wide);
    float[] y = numbers(positions * channels);
    float[] wanted = new float[y.length];
    float[] sums = new float[channels];
    for (int i = 0; i < y.length; i++) {
      wanted[i] = y[i] > 0 ? dy[i / channels * wide + first + i % channels] : 0;
      sums[i % channels] += wanted[i];
    }
    try (Rectification r = new Rectification(positions, channels, wide, threads)) {
      long given = placed(dy);
      // As the program does it where it can, in the place of the result's gradient.
      long dx = wide == channels ? given : placed(new float[y.length]);
      long parts = summed ? placed(new float[(int) (r.sumBytes() / Float.BYTES)]) : 0;
      r.bind(given + (long) first * Float.BYTES, placed(y), dx, parts).run();
      assertArrayEquals(wanted, read(dx, y.length), what);
      if (summed) {
        long total = placed(new float[channels]);
        r.total(parts, Floats.at(total, channels)).run();
        assertArrayEquals(sums, read(total, channels), what);
      }
    }
  }

  @Test
  void whatIsNoNumberCountsOnlyWhereTheResultIsPositive() {
    float[] dy = new float[16];
    float[] y = new float[16];
    Arrays.fill(dy, Float.NaN);
    y[3] = 1;
    y[4] = Float.NaN;
    try (Rectification r = new Rectification(1, 16, 16, 1)) {
      long dx = placed(dy);
      r.bind(dx, placed(y), dx, 0).run();
      float[] got = read(dx, 16);
      for (int i = 0; i < 16; i++) {
        assertEquals(i == 3, Float.isNaN(got[i]), "element " + i);
      }
    }
  }

  @Test
  void otherMapsDoNotSuit() {
    assertFalse(Rectification.suits(3, 24, 24), "positions that are left over");
    assertFalse(Rectification.suits(16, 24, 48), "channels of a wider map that fill no vectors");
  }
}
