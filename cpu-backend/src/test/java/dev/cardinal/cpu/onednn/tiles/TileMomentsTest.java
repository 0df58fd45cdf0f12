package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.random.PhiloxRandom;
import java.nio.FloatBuffer;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mean and variance of channels against two passes in float64. */
class TileMomentsTest {
  private static final int CASES = 60;
  private static final int MOST_ROWS = 6000;
  private static final float UNWRITTEN = -7;
  private final PhiloxRandom random = new PhiloxRandom(17, 9);

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.hasVectors(), "this processor has no vectors of 512 bits, or our machine code is turned off");
  }

  /** What a run gives for rows of channels: means and then variances. */
  private static float[] run(float[] map, int channels, int threads) {
    int rows = map.length / channels;
    try (TileMoments m = new TileMoments(rows, channels, threads); NativeMemory x = NativeMemory.allocate((long) map.length * Float.BYTES, "a test");
        NativeMemory out = NativeMemory.allocate(2L * channels * Float.BYTES, "a test"); NativeMemory work = NativeMemory.allocate(m.workBytes(), "a test")) {
      NativeMemory.view(x.address(), x.bytes()).asFloatBuffer().put(map);
      FloatBuffer results = NativeMemory.view(out.address(), out.bytes()).asFloatBuffer();
      Runnable r = m.bind(x.address(), Floats.at(out.address(), channels), Floats.at(out.address() + (long) channels * Float.BYTES, channels), work.address());
      float[][] runs = new float[2][2 * channels];
      for (float[] result : runs) {
        for (int i = 0; i < 2 * channels; i++) {
          results.put(i, UNWRITTEN);
        }
        r.run();
        results.get(0, result);
      }
      assertArrayEquals(runs[0], runs[1], () -> "bits of a second run of " + rows + " rows of " + channels);
      return runs[0];
    }
  }

  private static float[] map(int rows, int channels, IntToDoubleFunction values) {
    float[] map = new float[rows * channels];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) values.applyAsDouble(i);
    }
    return map;
  }

  /** Variances to {@code precision} of themselves; means to a unit in the last place and a tenth of that precision of the deviation, far below their own uncertainty. */
  private static void check(float[] map, int channels, int threads, double precision) {
    check(run(map, channels, threads), map, channels, map.length / channels + " rows of " + channels + ", " + threads + " threads", precision);
  }

  private static void check(float[] got, float[] map, int channels, String of, double precision) {
    int rows = map.length / channels;
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int r = 0; r < rows; r++) {
        sum += map[r * channels + c];
      }
      double mean = sum / rows;
      double squares = 0;
      for (int r = 0; r < rows; r++) {
        double d = map[r * channels + c] - mean;
        squares += d * d;
      }
      double variance = squares / rows;
      String what = of + ", channel " + c;
      assertEquals(mean, got[c], Math.ulp((float) mean) + precision / 10 * Math.sqrt(variance), () -> "mean of " + what);
      assertEquals(variance, got[channels + c], precision * variance, () -> "variance of " + what);
    }
  }

  /** Channels of vectors alone, of four together with some left, and such that several rows fill vectors, from a single row on; each channel around a mean of its own, with a deviation of its own. */
  @Test
  void areNearThoseInFloat64() {
    for (int i = 0; i < CASES; i++) {
      boolean folded = i % 3 == 1;
      int channels = folded ? 1 + random.nextInt(60) : 16 * (1 + random.nextInt(i % 4 == 3 ? 40 : 9));
      int rows = (folded ? 16 : 1) * (i < 20 ? 1 + i : 1 + random.nextInt(MOST_ROWS / (folded ? 16 : 1)));
      double[] mean = random.doubles(channels, -3, 3).toArray();
      double[] deviation = random.doubles(channels, 0.01, 20).toArray();
      check(map(rows, channels, k -> mean[k % channels] + random.nextGaussian() * deviation[k % channels]), channels, 1 + i % 3, 1e-5);
    }
  }

  /** Squares minus the mean's square, in float32, would have no digit right. */
  @Test
  void largeMeansDoNotCancel() {
    for (int i = 0; i < 8; i++) {
      int channels = 16 * (1 + random.nextInt(12));
      check(map(1 + random.nextInt(MOST_ROWS), channels, k -> (k % 2 == 0 ? 1000 : -1000) + random.nextGaussian()), channels, 2, 1e-5);
      check(map(1 + random.nextInt(MOST_ROWS), channels, k -> 1e6 + random.nextGaussian()), channels, 2, 1e-5);
    }
  }

  /** Each part's sums are of differences from its first row: that one may be far away from all others. */
  @Test
  void aFirstRowFarAwayDoesLittleHarm() {
    int channels = 64;
    check(map(MOST_ROWS, channels, k -> k < channels ? 100 : random.nextGaussian()), channels, 2, 1e-3);
  }

  /** As after ReLU: whole parts are zero. */
  @Test
  void partsThatDiffer() {
    int channels = 48;
    check(map(3000, channels, k -> k < 2000 * channels ? 0 : Math.max(0, 5 + random.nextGaussian())), channels, 2, 1e-5);
  }

  @Test
  void equalValuesHaveNoVariance() {
    for (float value : new float[] {0, 3.3f, -1e30f}) {
      float[] got = run(map(777, 80, k -> value), 80, 2);
      for (int c = 0; c < 80; c++) {
        assertEquals(value, got[c]);
        assertEquals(0, got[80 + c]);
      }
    }
  }

  /** A channel with a value that is not finite has no variance that is, and leaves its neighbours alone. */
  @Test
  void whatIsNotFiniteStaysInItsChannel() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int row : new int[] {0, 400}) {
        float[] map = map(1000, 32, k -> random.nextGaussian());
        map[row * 32 + 5] = value;
        float[] got = run(map, 32, 2);
        for (int c = 0; c < 32; c++) {
          int channel = c;
          assertEquals(c != 5, Float.isFinite(got[c]), () -> "mean of channel " + channel);
          assertEquals(c != 5, Float.isFinite(got[32 + c]), () -> "variance of channel " + channel);
        }
      }
    }
  }

  /** A calling thread that works alone gets the same bits, for work is divided by the number that was planned for. */
  @Test
  void aThreadAloneGivesTheSame() {
    float[] map = map(2500, 96, k -> random.nextGaussian() + k % 7);
    float[] team = run(map, 96, 2);
    float[][] alone = new float[1][];
    OpenMp.alone(() -> alone[0] = run(map, 96, 2));
    assertArrayEquals(team, alone[0]);
  }

  /** A convolution gives the sums of what it writes: far from zero by a bias, with half a block of channels at the end of some. */
  @Test
  void onTheWayOfAConvolution() {
    for (int i = 0; i < 20; i++) {
      int in = 32 * (1 + random.nextInt(3));
      int out = 16 * (1 + random.nextInt(6));
      // Of many rows each part is computed in several pieces.
      int rows = 32 * (i % 5 == 0 ? 300 + random.nextInt(200) : 1 + random.nextInt(i % 2 == 0 ? 4 : 60));
      int threads = 1 + i % 4;
      TileShape s = new TileShape(1, in, out, 1, rows, 1, 1, 1, 1, 1, 0, 0, 0, 0);
      try (TileConvolution c = new TileConvolution(s, threads, false, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY); NativeMemory x = filled(map(rows, in, k -> random.nextGaussian()));
          NativeMemory w = filled(map(out, in, k -> random.nextGaussian())); NativeMemory bias = filled(map(1, out, k -> 100 * random.nextGaussian()));
          NativeMemory y = filled(new float[rows * out]); NativeMemory sums = filled(new float[(int) c.moments().bytes() / Float.BYTES]); NativeMemory moments = filled(new float[2 * out]);
          NativeMemory work = NativeMemory.allocate(c.workBytes(), "a test")) {
        c.bind(x.address(), w.address(), bias.address(), y.address(), sums.address(), work.address()).run();
        c.moments().merged(sums.address(), Floats.at(moments.address(), out), Floats.at(moments.address() + (long) out * Float.BYTES, out)).run();
        check(read(moments, 2 * out), read(y, rows * out), out, rows + " rows of a convolution from " + in + " to " + out + ", " + threads + " threads", 1e-4);
      }
    }
    TileShape uneven = new TileShape(1, 32, 16, 1, 100, 1, 1, 1, 1, 1, 0, 0, 0, 0);
    try (TileConvolution c = new TileConvolution(uneven, 2, false, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY)) {
      assertNull(c.moments(), "some rows are written twice");
    }
  }

  private static NativeMemory filled(float[] values) {
    NativeMemory m = NativeMemory.allocate((long) values.length * Float.BYTES, "a test");
    NativeMemory.view(m.address(), m.bytes()).asFloatBuffer().put(values);
    return m;
  }

  private static float[] read(NativeMemory m, int count) {
    float[] v = new float[count];
    NativeMemory.view(m.address(), m.bytes()).asFloatBuffer().get(v);
    return v;
  }
}
