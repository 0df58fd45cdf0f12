package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.Shape;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Depthwise convolutions and their gradients against plain loops in float64; nothing is written before or behind an operand, and a second run gives the same bits. */
class DepthwiseTest {
  private static final int CASES = 200;
  private static final float NONE = Float.POSITIVE_INFINITY;
  private final PhiloxRandom random = new PhiloxRandom(71, 4);

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.hasVectors(), "this processor has no vectors of 512 bits, or our machine code is turned off");
  }

  private float[] numbers(int count) {
    return values(count, i -> random.nextInt(9) - 4);
  }

  private static float[] values(int count, IntToDoubleFunction f) {
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      v[i] = (float) f.applyAsDouble(i);
    }
    return v;
  }

  /** Maps smaller than the window and with padding wider than it among them; and enough for several blocks, rows, parts and threads. */
  @Test
  void randomShapes() {
    for (int i = 0; i < CASES; i++) {
      Axis rows = i % 5 == 0 ? new Axis(1, 1, 1, 1, 0, 0) : DepthwiseMeetings.axis(random, i % 3 == 0 ? 40 : 9, i % 4 == 0 ? 7 : 3);
      check(new DepthwiseShape(1 + random.nextInt(4), 16 * (1 + random.nextInt(5)), rows, DepthwiseMeetings.axis(random, i % 3 == 0 ? 40 : 9, i % 4 == 0 ? 7 : 3)), 1 + i % 4);
    }
  }

  /** As many networks have them; results of this size go past the caches. */
  @Test
  void largeMaps() {
    for (int stride = 1; stride <= 2; stride++) {
      Axis a = new Axis(56, 3, stride, 1, 1, 1);
      check(new DepthwiseShape(6, 80, a, a), 2);
    }
  }

  private int[] sizes(DepthwiseShape s) {
    return new int[] {s.samples() * s.rows().size() * s.columns().size() * s.channels(), s.samples() * s.rows().out() * s.columns().out() * s.channels()};
  }

  /** A place of a window that meets both maps. */
  private interface Meeting {
    void at(int x, int y, int w);
  }

  private static void meetings(DepthwiseShape s, Meeting m) {
    DepthwiseMeetings.of(s, (x, y, t) -> {
      for (int c = 0; c < s.channels(); c++) {
        m.at(x * s.channels() + c, y * s.channels() + c, c * s.taps() + t);
      }
    });
  }

  private static float[] rounded(double[] v) {
    return values(v.length, i -> v[i]);
  }

  /** Small whole numbers, so that every sum is exact. */
  private void check(DepthwiseShape s, int threads) {
    int[] sizes = sizes(s);
    float[] x = numbers(sizes[0]);
    float[] w = numbers(s.taps() * s.channels());
    float[] dy = numbers(sizes[1]);
    float[] bias = numbers(s.channels());
    double[] y = new double[sizes[1]];
    double[] dx = new double[sizes[0]];
    double[] dw = new double[w.length];
    meetings(s, (i, o, t) -> {
      y[o] += (double) x[i] * w[t];
      dx[i] += (double) dy[o] * w[t];
      dw[t] += (double) x[i] * dy[o];
    });
    String what = s + " by " + threads + " threads";
    assertArrayEquals(rounded(y), run(s, threads, false, x, w, null, NONE), () -> "output, " + what);
    assertArrayEquals(values(y.length, i -> Math.max(-7, Math.min(7, y[i] + bias[i % s.channels()]))), run(s, threads, false, x, w, bias, 7), () -> "limited output, " + what);
    assertArrayEquals(rounded(dx), run(s, threads, true, dy, w, null, NONE), () -> "input's gradient, " + what);
    assertArrayEquals(values(dx.length, i -> Math.max(-7, Math.min(7, dx[i] + bias[i % s.channels()]))), run(s, threads, true, dy, w, bias, 7), () -> "limited gradient, " + what);
    assertArrayEquals(rounded(dw), gradient(s, threads, x, dy), () -> "weights' gradient, " + what);
  }

  /** With statistics and without. */
  private float[] run(DepthwiseShape s, int threads, boolean backward, float[] source, float[] w, float[] bias, float limit) {
    int count = sizes(s)[backward ? 0 : 1];
    float[][] results = new float[3][];
    for (int i = 0; i < 2; i++) {
      boolean summed = i == 1;
      String what = s + " by " + threads + " threads" + (summed ? " with statistics" : "");
      try (DepthwiseConvolution c = new DepthwiseConvolution(s, threads, backward, -limit, limit); Operand from = new Operand(source); Operand weights = new Operand(w);
          Operand given = new Operand(bias == null ? new float[0] : bias); Operand to = new Operand((long) count * Float.BYTES); Operand sums = new Operand(c.moments().bytes());
          Operand work = new Operand(c.workBytes()); Operand moments = new Operand(2L * s.channels() * Float.BYTES)) {
        Runnable r = c.bind(from.address(), weights.floats(), bias == null ? 0 : given.address(), to.address(), summed ? sums.address() : 0, work.address());
        r.run();
        results[i] = to.now();
        to.check("the result, " + what);
        work.check("the weights, " + what);
        sums.check("the sums, " + what);
        if (summed) {
          float[] first = sums.now();
          r.run();
          assertArrayEquals(results[i], to.now(), () -> "bits of a second run, " + what);
          assertArrayEquals(first, sums.now(), () -> "bits of the sums of a second run, " + what);
          c.moments().merged(sums.address(), Floats.at(moments.address(), s.channels()), Floats.at(moments.address() + s.position(), s.channels())).run();
          DepthwiseMeetings.statistics(results[i], s.channels(), moments.now(), what);
        }
      }
    }
    assertArrayEquals(results[0], results[1], "bits with statistics and without");
    return results[0];
  }

  private float[] gradient(DepthwiseShape s, int threads, float[] x, float[] dy) {
    String what = "weights' gradient, " + s + " by " + threads + " threads";
    try (DepthwiseGradient g = new DepthwiseGradient(s, threads); Operand from = new Operand(x); Operand gradient = new Operand(dy); Operand to = new Operand(s.taps() * s.position());
        Operand work = new Operand(g.workBytes())) {
      Runnable r = g.bind(from.address(), gradient.address(), to.floats(), work.address());
      r.run();
      float[] first = to.now();
      r.run();
      assertArrayEquals(first, to.now(), () -> "bits of a second run, " + what);
      to.check(what);
      work.check("the memory of the " + what);
      return first;
    }
  }

  /** Sums of many numbers that are not whole: as near to the exact ones as sums in some order are, and the same bits with any number of threads at work. */
  @Test
  void sumsAreAccurateAndDoNotDependOnWhoTakesThem() {
    Axis a = new Axis(40, 3, 1, 1, 1, 1);
    DepthwiseShape s = new DepthwiseShape(5, 32, a, a);
    float[] x = values(sizes(s)[0], i -> 1000 + random.nextGaussian());
    float[] dy = values(sizes(s)[1], i -> random.nextGaussian());
    double[] dw = new double[s.taps() * s.channels()];
    double[] size = new double[dw.length];
    meetings(s, (i, o, t) -> {
      dw[t] += (double) x[i] * dy[o];
      size[t] += Math.abs((double) x[i] * dy[o]);
    });
    float[] got = gradient(s, 2, x, dy);
    for (int t = 0; t < dw.length; t++) {
      assertEquals(dw[t], got[t], 1e-6 * size[t]);
    }
    float[][] alone = new float[1][];
    OpenMp.alone(() -> alone[0] = gradient(s, 2, x, dy));
    assertArrayEquals(got, alone[0]);
  }

  /** A large mean does not cancel the variance's digits. */
  @Test
  void statisticsFarFromZero() {
    Axis a = new Axis(30, 3, 1, 1, 0, 0);
    DepthwiseShape s = new DepthwiseShape(3, 32, a, a);
    float[] w = values(s.taps() * s.channels(), i -> 1);
    float[] x = values(sizes(s)[0], i -> 1000 + random.nextGaussian());
    run(s, 2, false, x, w, null, NONE);
    run(s, 2, false, x, w, values(32, i -> -9000), 2);
  }

  /** What is not finite reaches every result that depends on it, and no other; also through a limit. */
  @Test
  void whatIsNotFiniteStaysSo() {
    Axis a = new Axis(9, 3, 1, 1, 1, 1);
    DepthwiseShape s = new DepthwiseShape(2, 32, a, a);
    float[] w = values(s.taps() * s.channels(), i -> 1 + random.nextInt(4));
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] x = numbers(sizes(s)[0]);
      float[] dy = values(sizes(s)[1], i -> 1 + random.nextInt(4));
      int place = random.nextInt(x.length);
      x[place] = value;
      boolean[] reached = new boolean[dy.length];
      boolean[] weights = new boolean[w.length];
      meetings(s, (i, o, t) -> {
        reached[o] |= i == place;
        weights[t] |= i == place;
      });
      float[] y = plain(s, x, w, NONE);
      float[] limited = plain(s, x, w, 6);
      float[] dw = gradientOf(s, x, dy);
      for (int o = 0; o < y.length; o++) {
        assertEquals(!reached[o], Float.isFinite(y[o]));
        assertEquals(reached[o] && Float.isNaN(value), Float.isNaN(limited[o]));
      }
      for (int t = 0; t < dw.length; t++) {
        assertEquals(!weights[t], Float.isFinite(dw[t]));
      }
    }
  }

  private float[] plain(DepthwiseShape s, float[] x, float[] w, float limit) {
    try (DepthwiseConvolution c = new DepthwiseConvolution(s, 2, false, -limit, limit); Operand from = new Operand(x); Operand weights = new Operand(w);
        Operand to = new Operand((long) sizes(s)[1] * Float.BYTES); Operand work = new Operand(c.workBytes())) {
      c.bind(from.address(), weights.floats(), 0, to.address(), 0, work.address()).run();
      return to.now();
    }
  }

  private float[] gradientOf(DepthwiseShape s, float[] x, float[] dy) {
    try (DepthwiseGradient g = new DepthwiseGradient(s, 2); Operand from = new Operand(x); Operand gradient = new Operand(dy); Operand to = new Operand(s.taps() * s.position());
        Operand work = new Operand(g.workBytes())) {
      g.bind(from.address(), gradient.address(), to.floats(), work.address()).run();
      return to.now();
    }
  }

  @Test
  void whichFit() {
    ConvGeometry g = ConvGeometry.of(2, 2, 1, 1, 32);
    DepthwiseShape s = DepthwiseShape.of(g, Shape.of(2, 32, 9, 12), Shape.of(32, 1, 3, 5));
    assertEquals(new DepthwiseShape(2, 32, new Axis(9, 3, 2, 1, 1, 1), new Axis(12, 5, 2, 1, 1, 1)), s);
    assertEquals(15, s.taps());
    assertTrue(DepthwiseShape.of(ConvGeometry.of(1, 1, 0, 1, 16), Shape.of(2, 16, 9), Shape.of(16, 1, 3)).rows().equals(new Axis(1, 1, 1, 1, 0, 0)));
    assertNull(DepthwiseShape.of(g, Shape.of(2, 32, 9, 12), Shape.of(64, 1, 3, 3)), "two outputs for every input");
    assertNull(DepthwiseShape.of(ConvGeometry.of(2, 1, 1, 1, 16), Shape.of(2, 32, 9, 12), Shape.of(32, 2, 3, 3)), "groups of two");
    assertNull(DepthwiseShape.of(ConvGeometry.of(2, 1, 1, 1, 24), Shape.of(2, 24, 9, 12), Shape.of(24, 1, 3, 3)), "half a vector");
    assertFalse(DepthwiseShape.of(g, Shape.of(1, 32, 1, 1), Shape.of(32, 1, 3, 3)) == null, "a window larger than the map");
  }
}
