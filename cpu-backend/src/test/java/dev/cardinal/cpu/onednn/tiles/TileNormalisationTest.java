package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.random.PhiloxRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batch normalisation with ReLU, or a lower limit than that of ReLU6, and its gradient against the formulas in float64; large maps take the way past the caches. */
class TileNormalisationTest {
  private static final int CASES = 30;
  private static final double EPSILON = 1e-5;
  private static final double PRECISION = 1e-5;
  private final PhiloxRandom random = new PhiloxRandom(61, 2);
  private final List<NativeMemory> memories = new ArrayList<>();

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.hasVectors(), "this processor has no vectors of 512 bits, or our machine code is turned off");
  }

  @AfterEach
  void free() {
    memories.forEach(NativeMemory::close);
    memories.clear();
  }

  private long memory(long bytes) {
    NativeMemory m = NativeMemory.allocate(bytes, "a test");
    memories.add(m);
    return m.address();
  }

  private long placed(float[] values) {
    long at = memory((long) values.length * Float.BYTES);
    NativeMemory.view(at, (long) values.length * Float.BYTES).asFloatBuffer().put(values);
    return at;
  }

  private Floats floats(float[] values) {
    return Floats.at(placed(values), values.length);
  }

  private static float[] read(long at, int count) {
    float[] v = new float[count];
    NativeMemory.view(at, (long) count * Float.BYTES).asFloatBuffer().get(v);
    return v;
  }

  private float[] gaussians(int count, double mean, double deviation) {
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      v[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return v;
  }

  @Test
  void randomMaps() {
    for (int i = 0; i < CASES; i++) {
      boolean folded = i % 4 == 1;
      int channels = folded ? 1 + random.nextInt(60) : 16 * (1 + random.nextInt(10));
      check((folded ? 16 : 1) * (i < 5 ? 1 + i : 1 + random.nextInt(folded ? 150 : 2000)), channels, 1 + i % 4, i % 3 == 0, i % 5 > 0);
    }
  }

  @Test
  void largeMapsGoPastTheCaches() {
    check((5 << 20) / 4 / 80, 80, 2, true, true);
    check((5 << 20) / 4 / 80, 80, 2, true, false);
    check((17 << 20) / 4 / 128, 128, 2, false, true);
    check((5 << 20) / 4 / 20, 20, 2, false, false);
  }

  private void check(int rows, int channels, int threads, boolean withResidual, boolean rectified) {
    float[] x = gaussians(rows * channels, 3, 2);
    float[] gamma = gaussians(channels, 1, 0.3);
    float[] beta = gaussians(channels, 0, 0.5);
    float[] mean = gaussians(channels, 3, 0.1);
    float[] variance = gaussians(channels, 4, 0.2);
    float[] residual = withResidual ? gaussians(x.length, 0, 1) : null;
    float most = rows % 2 == 0 ? 1.5f : Float.POSITIVE_INFINITY;
    String what = rows + " rows of " + channels + " up to " + most + ", " + threads + " threads, element ";
    try (TileNormalisation n = new TileNormalisation(rows, channels, threads)) {
      long y = memory((long) x.length * Float.BYTES);
      int bitBytes = (int) TileNormalisation.bitBytes(x.length);
      long bits = rectified ? memory(bitBytes) : 0;
      Runnable run = n.forward(placed(x), withResidual ? placed(residual) : 0, floats(gamma), floats(beta), floats(mean), floats(variance), EPSILON, y, bits, most, memory(n.workBytes()));
      run.run();
      float[] got = read(y, x.length);
      byte[] kept = new byte[bitBytes];
      if (rectified) {
        NativeMemory.view(bits, bitBytes).get(kept);
      }
      BitSet passed = BitSet.valueOf(kept);
      for (int i = 0; i < x.length; i++) {
        int c = i % channels;
        double normalised = (x[i] - mean[c]) * gamma[c] / Math.sqrt(variance[c] + EPSILON) + beta[c] + (withResidual ? residual[i] : 0);
        double wanted = rectified ? Math.min(most, Math.max(0, normalised)) : normalised;
        int place = i;
        if (Math.abs(wanted - got[i]) > PRECISION * (1 + Math.abs(wanted))) {
          assertEquals(wanted, got[i], () -> what + place);
        }
        boolean within = got[i] > 0 && got[i] < most;
        if (rectified && within != passed.get(i)) {
          assertEquals(within, passed.get(i), () -> "bit of " + what + place);
        }
      }
      run.run();
      assertArrayEquals(got, read(y, x.length), () -> "bits of a second run, " + rows + " rows of " + channels);
      if (rectified) {
        gradient(x, channels, threads, gamma, mean, variance, bits, passed, withResidual);
      }
      gradient(x, channels, threads, gamma, mean, variance, 0, null, false);
    }
  }

  /** As the program does it where it can, the gradient, or what counts of the one given, takes its place. */
  private void gradient(float[] x, int channels, int threads, float[] gamma, float[] mean, float[] variance, long bits, BitSet passed, boolean kept) {
    int rows = x.length / channels;
    String what = rows + " rows of " + channels + ", " + threads + " threads" + (bits == 0 ? "" : " with bits");
    float[] dy = gaussians(x.length, 0.1, 1);
    long given = placed(dy);
    long added = 0;
    if (kept && random.nextInt(2) == 0) {
      float[] other = gaussians(x.length, 0, 1);
      added = placed(other);
      for (int i = 0; i < dy.length; i++) {
        dy[i] += other[i];
      }
    }
    float[] inverse = new float[channels];
    double[] sums = new double[channels];
    double[] products = new double[channels];
    double[] sizes = new double[channels];
    for (int c = 0; c < channels; c++) {
      inverse[c] = (float) (1 / Math.sqrt(variance[c] + EPSILON));
    }
    for (int i = 0; i < x.length; i++) {
      if (passed == null || passed.get(i)) {
        int c = i % channels;
        double normalised = (x[i] - (double) mean[c]) * inverse[c];
        sums[c] += dy[i];
        products[c] += dy[i] * normalised;
        sizes[c] += Math.abs(dy[i]) * (1 + Math.abs(normalised));
      }
    }
    try (TileNormalisation n = new TileNormalisation(rows, channels, threads)) {
      long masked = kept ? given : 0;
      long dx = kept ? memory((long) dy.length * Float.BYTES) : given;
      Floats dgamma = floats(new float[channels]);
      Floats dbeta = floats(new float[channels]);
      n.backward(given, added, placed(x), floats(gamma), floats(mean), floats(inverse), bits, masked, dx, dgamma, dbeta, memory(n.workBytes())).run();
      for (int c = 0; c < channels; c++) {
        assertEquals(sums[c], dbeta.get(c), PRECISION * sizes[c], what);
        assertEquals(products[c], dgamma.get(c), PRECISION * sizes[c], what);
      }
      float[] got = read(dx, x.length);
      float[] counting = kept ? read(masked, x.length) : null;
      for (int i = 0; i < x.length; i++) {
        if (kept && counting[i] != (passed.get(i) ? dy[i] : 0)) {
          assertEquals(passed.get(i) ? dy[i] : 0, counting[i], what + ", what counts of element " + i);
        }
        int c = i % channels;
        double counted = passed == null || passed.get(i) ? dy[i] : 0;
        double normalised = (x[i] - (double) mean[c]) * inverse[c];
        double wanted = gamma[c] * inverse[c] * (counted - sums[c] / rows - normalised * products[c] / rows);
        int place = i;
        if (Math.abs(wanted - got[i]) > PRECISION * (2 + Math.abs(wanted))) {
          assertEquals(wanted, got[i], () -> what + ", element " + place);
        }
      }
    }
  }

  @Test
  void positionsTogetherFillVectors() {
    assertTrue(TileNormalisation.suits(1, 16) && TileNormalisation.suits(5, 48), "channels that fill vectors alone");
    assertTrue(TileNormalisation.suits(2, 24) && TileNormalisation.suits(48, 3) && TileNormalisation.suits(8, 58));
    assertFalse(TileNormalisation.suits(3, 24) || TileNormalisation.suits(8, 3), "positions that are left over");
    assertFalse(TileNormalisation.suits(16, 999), "rows too long for the nearest cache");
  }
}
