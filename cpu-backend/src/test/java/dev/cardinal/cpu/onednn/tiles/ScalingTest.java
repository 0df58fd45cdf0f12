package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.random.PhiloxRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Maps that are normalised on the way: the same bits as from maps that are normalised before. */
class ScalingTest {
  private static final double EPSILON = 1e-5;
  private final PhiloxRandom random = new PhiloxRandom(11, 3);

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.isThere(), "this processor has no tiles");
  }

  private NativeMemory numbers(long count, boolean positive) {
    NativeMemory m = NativeMemory.allocate(count * Float.BYTES, "a test");
    Floats f = Floats.at(m.address(), count);
    for (long i = 0; i < count; i++) {
      float v = (float) random.nextGaussian();
      f.put(i, positive ? Math.abs(v) + 0.1f : v);
    }
    return m;
  }

  private static Floats floats(NativeMemory m, int count) {
    return Floats.at(m.address(), count);
  }

  private static float[] values(NativeMemory m, int count) {
    float[] v = new float[count];
    floats(m, count).get(0, v, 0, count);
    return v;
  }

  private static byte[] bytes(NativeMemory m, int count) {
    byte[] b = new byte[count];
    NativeMemory.view(m.address(), count).get(b);
    return b;
  }

  @Test
  void gradientOfWeightsIsThatOfTheNormalisedMap() {
    for (int i = 0; i < 8; i++) {
      int threads = 1 + random.nextInt(3);
      // Also with positions that fill no block, and threads that take some of the channels each.
      int positions = 32 * (1 + random.nextInt(40)) + (i % 2 == 0 ? 0 : 1 + random.nextInt(31));
      int in = 32 * (1 + random.nextInt(i < 4 ? 4 : 16));
      int out = 32 * (1 + random.nextInt(i < 4 ? 4 : 16));
      TileShape s = new TileShape(1, in, out, 1, positions, 1, 1, 1, 1, 1, 0, 0, 0, 0);
      assertTrue(TileGradient.normalises(s));
      try (NativeMemory x = numbers((long) positions * in, false); NativeMemory dy = numbers((long) positions * out, false); NativeMemory gamma = numbers(in, false); NativeMemory beta = numbers(in, false);
          NativeMemory mean = numbers(in, false); NativeMemory variance = numbers(in, true); NativeMemory y = numbers((long) positions * in, false);
          NativeMemory bits = NativeMemory.allocate(TileNormalisation.bitBytes((long) positions * in), "a test"); TileNormalisation n = new TileNormalisation(positions, in, threads);
          NativeMemory ofPass = NativeMemory.allocate(n.workBytes(), "a test"); TileGradient before = new TileGradient(s, threads); TileGradient on = new TileGradient(s, threads);
          NativeMemory work = NativeMemory.allocate(before.workBytes(), "a test"); NativeMemory want = numbers((long) in * out, false); NativeMemory got = numbers((long) in * out, false)) {
        Scaling scaling = new Scaling(floats(gamma, in), floats(beta, in), floats(mean, in), floats(variance, in), EPSILON, i % 3 == 0 ? 1.5f : Float.POSITIVE_INFINITY);
        n.forward(x.address(), 0, scaling.gamma(), scaling.beta(), scaling.mean(), scaling.variance(), EPSILON, y.address(), bits.address(), scaling.most(), ofPass.address()).run();
        before.bind(y.address(), dy.address(), want.address(), work.address()).run();
        on.bind(x.address(), scaling, dy.address(), got.address(), work.address()).run();
        assertArrayEquals(values(want, in * out), values(got, in * out), s + " on " + threads + " threads");
      }
    }
  }

  /** Also of maps that a thread takes in several pieces, and where the last block of positions is moved back. */
  @Test
  void convolutionIsThatOfTheNormalisedMap() {
    for (int i = 0; i < 10; i++) {
      int threads = 1 + random.nextInt(3);
      int positions = 32 * (i < 5 ? 1 + random.nextInt(20) : 300) + (i % 2 == 0 ? 0 : 1 + random.nextInt(31));
      int in = 32 * (1 + random.nextInt(i < 5 ? 12 : 4));
      int out = 16 * (1 + random.nextInt(12));
      TileShape s = new TileShape(1, in, out, 1, positions, 1, 1, 1, 1, 1, 0, 0, 0, 0);
      assertTrue(TileConvolution.normalises(s));
      int bytes = (int) TileNormalisation.bitBytes((long) positions * in);
      try (NativeMemory x = numbers((long) positions * in, false); NativeMemory w = numbers((long) in * out, false); NativeMemory gamma = numbers(in, false); NativeMemory beta = numbers(in, false);
          NativeMemory mean = numbers(in, false); NativeMemory variance = numbers(in, true); NativeMemory y = numbers((long) positions * in, false); NativeMemory bits = NativeMemory.allocate(bytes, "a test");
          NativeMemory bitsOnTheWay = NativeMemory.allocate(bytes, "a test"); TileNormalisation n = new TileNormalisation(positions, in, threads); NativeMemory ofPass = NativeMemory.allocate(n.workBytes(), "a test");
          TileConvolution before = new TileConvolution(s, threads, false, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
          TileConvolution on = new TileConvolution(s, threads, false, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY); NativeMemory work = NativeMemory.allocate(before.workBytes(), "a test");
          NativeMemory want = numbers((long) positions * out, false); NativeMemory got = numbers((long) positions * out, false); NativeMemory sums = numbers(3L * 64 * out, false)) {
        Scaling scaling = new Scaling(floats(gamma, in), floats(beta, in), floats(mean, in), floats(variance, in), EPSILON, i % 3 == 0 ? 1.5f : Float.POSITIVE_INFINITY);
        long at = before.moments() == null ? 0 : sums.address();
        n.forward(x.address(), 0, scaling.gamma(), scaling.beta(), scaling.mean(), scaling.variance(), EPSILON, y.address(), bits.address(), scaling.most(), ofPass.address()).run();
        before.bind(y.address(), w.address(), 0, want.address(), at, work.address()).run();
        on.bind(x.address(), scaling, bitsOnTheWay.address(), w.address(), 0, got.address(), at, work.address()).run();
        String what = s + " on " + threads + " threads";
        assertArrayEquals(values(want, positions * out), values(got, positions * out), what);
        assertArrayEquals(bytes(bits, bytes), bytes(bitsOnTheWay, bytes), "bits, " + what);
      }
    }
  }
}
