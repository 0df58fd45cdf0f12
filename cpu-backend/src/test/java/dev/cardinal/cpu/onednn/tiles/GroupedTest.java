package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Convolutions in groups of few channels and their gradients against plain loops in float64; nothing is written before or behind an operand, and a second run gives the same bits. */
class GroupedTest {
  private static final int CASES = 150;
  private static final int[] WIDTHS = {2, 4, 8, 16, 32};
  private static final float NONE = Float.POSITIVE_INFINITY;
  private final PhiloxRandom random = new PhiloxRandom(73, 5);

  @BeforeAll
  static void code() {
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

  private static float[] rounded(double[] v) {
    return values(v.length, i -> v[i]);
  }

  /** Maps smaller than the window and with padding wider than it among them; and enough for several blocks, rows, strips, parts and threads. */
  @Test
  void randomShapes() {
    for (int i = 0; i < CASES; i++) {
      Axis rows = i % 7 == 0 ? new Axis(1, 1, 1, 1, 0, 0) : DepthwiseMeetings.axis(random, i % 3 == 0 ? 30 : 9, i % 4 == 0 ? 5 : 3);
      Axis columns = DepthwiseMeetings.axis(random, i % 3 == 0 ? 50 : 17, i % 4 == 0 ? 7 : 3);
      int width = WIDTHS[i % WIDTHS.length];
      int channels = Math.max(16, width) * (1 + random.nextInt(width < 32 ? 4 : 2));
      check(new GroupedShape(new DepthwiseShape(1 + random.nextInt(5), channels, rows, columns), width), 1 + i % 4);
    }
  }

  /** As many networks have them; results of this size go past the caches, and strips are of parts of samples. */
  @Test
  void largeMaps() {
    for (int stride = 1; stride <= 2; stride++) {
      Axis a = new Axis(56, 3, stride, 1, 1, 1);
      check(new GroupedShape(new DepthwiseShape(6, 64, a, a), 4), 2);
    }
  }

  /** So many weights that the groups of a sample take turns. */
  @Test
  void manyWeights() {
    Axis a = new Axis(7, 3, 1, 1, 1, 1);
    check(new GroupedShape(new DepthwiseShape(3, 512, a, a), 32), 2);
  }

  private static int[] sizes(GroupedShape s) {
    DepthwiseShape m = s.maps();
    return new int[] {m.samples() * m.rows().size() * m.columns().size() * m.channels(), m.samples() * m.rows().out() * m.columns().out() * m.channels()};
  }

  private static int weights(GroupedShape s) {
    return s.maps().channels() * s.width() * s.maps().taps();
  }

  /** Two channels that meet by a weight. */
  private interface Meeting {
    void at(int x, int y, int w);
  }

  private static void meetings(GroupedShape s, Meeting m) {
    int channels = s.maps().channels();
    int width = s.width();
    DepthwiseMeetings.of(s.maps(), (x, y, t) -> {
      for (int c = 0; c < channels; c++) {
        for (int j = 0; j < width; j++) {
          m.at(x * channels + c / width * width + j, y * channels + c, (c * width + j) * s.maps().taps() + t);
        }
      }
    });
  }

  /** Small whole numbers, so that every sum is exact. */
  private void check(GroupedShape s, int threads) {
    int[] sizes = sizes(s);
    int channels = s.maps().channels();
    float[] x = numbers(sizes[0]);
    float[] w = numbers(weights(s));
    float[] dy = numbers(sizes[1]);
    float[] bias = numbers(channels);
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
    assertArrayEquals(values(y.length, i -> Math.max(-7, Math.min(7, y[i] + bias[i % channels]))), run(s, threads, false, x, w, bias, 7), () -> "limited output, " + what);
    assertArrayEquals(rounded(dx), run(s, threads, true, dy, w, null, NONE), () -> "input's gradient, " + what);
    assertArrayEquals(values(dx.length, i -> Math.max(-7, Math.min(7, dx[i] + bias[i % channels]))), run(s, threads, true, dy, w, bias, 7), () -> "limited gradient, " + what);
    assertArrayEquals(rounded(dw), gradient(s, threads, x, dy), () -> "weights' gradient, " + what);
  }

  private static void reorder(MemoryDesc from, long source, MemoryDesc to, long target) {
    try (from; to; Primitive p = Primitives.reorder(from, to)) {
      p.bind(List.of(new Primitive.Argument(Primitives.SOURCE, from, source), new Primitive.Argument(Primitives.DESTINATION, to, target)));
      p.execute();
    }
  }

  /** With statistics and without. */
  private float[] run(GroupedShape s, int threads, boolean backward, float[] source, float[] w, float[] bias, float limit) {
    int count = sizes(s)[backward ? 0 : 1];
    int channels = s.maps().channels();
    float[][] results = new float[2][];
    for (int i = 0; i < 2; i++) {
      boolean summed = i == 1;
      String what = s + " by " + threads + " threads" + (summed ? " with statistics" : "");
      try (GroupedConvolution c = new GroupedConvolution(s, threads, backward, -limit, limit); Operand from = new Operand(source); Operand given = new Operand(w);
          Operand weights = new Operand(s.weightBytes()); Operand added = new Operand(bias == null ? new float[0] : bias); Operand to = new Operand((long) count * Float.BYTES);
          Operand sums = new Operand(c.moments().bytes()); Operand moments = new Operand(2L * channels * Float.BYTES)) {
        reorder(s.lying(backward), given.address(), s.arranged(backward), weights.address());
        weights.check("the weights, " + what);
        Runnable r = c.bind(from.address(), weights.address(), bias == null ? 0 : added.address(), to.address(), summed ? sums.address() : 0);
        r.run();
        results[i] = to.now();
        to.check("the result, " + what);
        sums.check("the sums, " + what);
        if (summed) {
          float[] first = sums.now();
          r.run();
          assertArrayEquals(results[i], to.now(), () -> "bits of a second run, " + what);
          assertArrayEquals(first, sums.now(), () -> "bits of the sums of a second run, " + what);
          c.moments().merged(sums.address(), Floats.at(moments.address(), channels), Floats.at(moments.address() + s.maps().position(), channels)).run();
          DepthwiseMeetings.statistics(results[i], channels, moments.now(), what);
        }
      }
    }
    assertArrayEquals(results[0], results[1], "bits with statistics and without");
    return results[0];
  }

  private float[] gradient(GroupedShape s, int threads, float[] x, float[] dy) {
    String what = "weights' gradient, " + s + " by " + threads + " threads";
    try (GroupedGradient g = new GroupedGradient(s, threads); Operand from = new Operand(x); Operand gradient = new Operand(dy); Operand given = new Operand(s.weightBytes());
        Operand to = new Operand(s.weightBytes()); Operand work = new Operand(g.workBytes())) {
      Runnable r = g.bind(from.address(), gradient.address(), given.address(), work.address());
      r.run();
      float[] first = given.now();
      r.run();
      assertArrayEquals(first, given.now(), () -> "bits of a second run, " + what);
      given.check(what);
      work.check("the memory of the " + what);
      reorder(s.arranged(true), given.address(), s.lying(true), to.address());
      return to.now();
    }
  }

  /** Sums of many numbers that are not whole: as near to the exact ones as sums in some order are, and the same bits with any number of threads at work. */
  @Test
  void sumsAreAccurateAndDoNotDependOnWhoTakesThem() {
    Axis a = new Axis(40, 3, 1, 1, 1, 1);
    GroupedShape s = new GroupedShape(new DepthwiseShape(5, 32, a, a), 4);
    float[] x = values(sizes(s)[0], i -> 1000 + random.nextGaussian());
    float[] dy = values(sizes(s)[1], i -> random.nextGaussian());
    double[] dw = new double[weights(s)];
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

  /** What is not finite reaches every result that depends on it, and no other; also through a limit. */
  @Test
  void whatIsNotFiniteStaysSo() {
    Axis a = new Axis(9, 3, 1, 1, 1, 1);
    for (int width : WIDTHS) {
      GroupedShape s = new GroupedShape(new DepthwiseShape(2, 32, a, a), width);
      float[] w = values(weights(s), i -> 1 + random.nextInt(4));
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
        float[] y = run(s, false, x, w, NONE);
        float[] limited = run(s, false, x, w, 6);
        float[] dw = gradient(s, 2, x, dy);
        for (int o = 0; o < y.length; o++) {
          assertEquals(!reached[o], Float.isFinite(y[o]));
          assertEquals(reached[o] && Float.isNaN(value), Float.isNaN(limited[o]));
        }
        for (int t = 0; t < dw.length; t++) {
          assertEquals(!weights[t], Float.isFinite(dw[t]));
        }
      }
    }
  }

  /** Without statistics. */
  private float[] run(GroupedShape s, boolean backward, float[] source, float[] w, float limit) {
    try (GroupedConvolution c = new GroupedConvolution(s, 2, backward, -limit, limit); Operand from = new Operand(source); Operand given = new Operand(w); Operand weights = new Operand(s.weightBytes());
        Operand to = new Operand((long) sizes(s)[backward ? 0 : 1] * Float.BYTES)) {
      reorder(s.lying(backward), given.address(), s.arranged(backward), weights.address());
      c.bind(from.address(), weights.address(), 0, to.address(), 0).run();
      return to.now();
    }
  }

  @Test
  void whichFit() {
    GroupedShape s = GroupedShape.of(ConvGeometry.of(2, 2, 1, 1, 8), Shape.of(2, 32, 9, 12), Shape.of(32, 4, 3, 5));
    assertEquals(new GroupedShape(new DepthwiseShape(2, 32, new Axis(9, 3, 2, 1, 1, 1), new Axis(12, 5, 2, 1, 1, 1)), 4), s);
    assertNotNull(GroupedShape.of(ConvGeometry.of(1, 1, 0, 1, 2), Shape.of(2, 64, 9), Shape.of(64, 32, 3)));
    assertNotNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 1), Shape.of(2, 16, 9, 12), Shape.of(16, 16, 3, 3)));
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 1), Shape.of(2, 32, 9, 12), Shape.of(32, 32, 3, 3)), "one wide group");
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 32), Shape.of(2, 32, 9, 12), Shape.of(32, 1, 3, 3)), "depthwise");
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 16), Shape.of(2, 48, 9, 12), Shape.of(48, 3, 3, 3)), "groups of three");
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 2), Shape.of(2, 128, 9, 12), Shape.of(128, 64, 3, 3)), "wide groups");
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 6), Shape.of(2, 24, 9, 12), Shape.of(24, 4, 3, 3)), "half a vector");
    assertNull(GroupedShape.of(ConvGeometry.of(2, 1, 1, 1, 8), Shape.of(2, 32, 9, 12), Shape.of(64, 4, 3, 3)), "more outputs than inputs");
    assertNull(GroupedShape.of(ConvGeometry.of(3, 1, 1, 1, 8), Shape.of(2, 32, 9, 9, 9), Shape.of(32, 4, 3, 3, 3)), "volumes");
  }
}
