package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.random.PhiloxRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random convolutions by tiles: exact where whole numbers make sums exact, and nearer to the sum in float64 than a plain sum in float32 is. */
class TileWorkTest {
  private static final int CASES = 36;
  private static final int MOST_THREADS = 4;
  private final PhiloxRandom random = new PhiloxRandom(31, 7);

  @BeforeAll
  static void tiles() {
    Assumptions.assumeTrue(TileCode.isThere(), "this processor has no tiles");
  }

  @Test
  void wholeNumbersAreExact() {
    for (int i = 0; i < CASES; i++) {
      check(i, () -> random.nextInt(9) - 4, true);
    }
  }

  @Test
  void allBitsOfAFloatCount() {
    for (int i = 0; i < CASES; i++) {
      // Of many magnitudes, so that the least significant parts of some matter.
      check(i, () -> random.nextGaussian() * Math.pow(2, random.nextInt(12) - 6), false);
    }
  }

  /** So many positions that a thread splits the rows of one piece while it multiplies those of the piece before. */
  @Test
  void longMapsGoPieceByPiece() {
    for (int groups = 1; groups <= 2; groups++) {
      for (int i = 0; i < 4; i++) {
        int in = groups * (groups == 1 ? 32 * (1 + i) : 64);
        TileShape s = new TileShape(1, in, groups * 16 * (1 + random.nextInt(5)), groups, 9000 + random.nextInt(4000), 1, 1, 1, 1, 1, 0, 0, 0, 0);
        convolution(s, i % 2 == 1, () -> random.nextInt(9) - 4, true);
        gradient(s, () -> random.nextInt(9) - 4, true);
      }
    }
  }

  private void check(int i, DoubleSupplier numbers, boolean exact) {
    TileShape s = shape(i, 32);
    assertTrue(TileConvolution.suits(s), s.toString());
    convolution(s, i % 2 == 1 && !s.hasStride(), numbers, exact);
    TileShape back = s.hasStride() ? s.mirrored() : null;
    if (back != null && TileConvolution.suits(back)) {
      convolution(back, true, numbers, exact);
    }
    TileShape g = shape(i, 16);
    assertTrue(TileGradient.suits(g), g.toString());
    gradient(g, numbers, exact);
  }

  private TileShape shape(int i, int channels) {
    int groups = i % 2 == 0 ? 1 : 1 + random.nextInt(3);
    int in = groups * (groups == 1 ? channels : 2 * channels) * (groups == 1 || channels == 32 ? 1 + random.nextInt(3) : 2);
    int out = groups * 16 * (1 + random.nextInt(6));
    if (i % 3 == 0) {
      return new TileShape(1, in, out, groups, 32 + random.nextInt(2000), 1, 1, 1, 1, 1, 0, 0, 0, 0);
    }
    int samples = 1 + random.nextInt(4);
    int rows = 1 + random.nextInt(3);
    int columns = 1 + random.nextInt(4);
    int rowStep = 1 + random.nextInt(2);
    int columnStep = 1 + random.nextInt(2);
    boolean strided = i % 3 == 1;
    int height = (rows - 1) * rowStep + 1 + random.nextInt(strided ? 40 : 20);
    int width = (columns - 1) * columnStep + 1 + random.nextInt(strided ? 40 : 20);
    return new TileShape(samples, in, out, groups, height, width, rows, columns, rowStep, columnStep, random.nextInt(3), random.nextInt(3), random.nextInt(3), random.nextInt(3), strided ? 1 + random.nextInt(3) : 1,
        strided ? 1 + random.nextInt(3) : 1);
  }

  /** Floats in native memory. */
  private static final class Numbers implements AutoCloseable {
    final float[] values;
    final NativeMemory memory;

    Numbers(long count, DoubleSupplier f) {
      values = new float[(int) count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) f.getAsDouble();
      }
      memory = NativeMemory.allocate(count * Float.BYTES, "a test");
      NativeMemory.view(memory.address(), count * Float.BYTES).asFloatBuffer().put(values);
    }

    float[] now() {
      float[] v = new float[values.length];
      NativeMemory.view(memory.address(), (long) v.length * Float.BYTES).asFloatBuffer().get(v);
      return v;
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  /** Sums in float64 with the sum of their terms' magnitudes, and the same in float32, one term after the other. */
  private static final class Sums {
    final double[] sums;
    final double[] sizes;
    final float[] single;

    Sums(int count) {
      sums = new double[count];
      sizes = new double[count];
      single = new float[count];
    }

    void add(int i, float a, float b) {
      double product = (double) a * b;
      sums[i] += product;
      sizes[i] += Math.abs(product);
      single[i] += a * b;
    }

    void limit(float least) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] = Math.max(sums[i], least);
        single[i] = Math.max(single[i], least);
      }
    }

    void check(float[] got, boolean exact, String what) {
      double squares = 0;
      double squaresOfSingle = 0;
      for (int i = 0; i < sums.length; i++) {
        int place = i;
        assertEquals(sums[i], got[i], exact ? 0 : 8 * Math.ulp(1f) * sizes[i], () -> what + ", element " + place);
        squares += square((got[i] - sums[i]) / Math.max(sizes[i], Float.MIN_NORMAL));
        squaresOfSingle += square((single[i] - sums[i]) / Math.max(sizes[i], Float.MIN_NORMAL));
      }
      double error = Math.sqrt(squares / sums.length);
      double plain = Math.sqrt(squaresOfSingle / sums.length);
      // A sum of few terms in float32 may have no error at all.
      assertTrue(error <= plain + Math.ulp(1f) / 4, () -> "error " + error + " of tiles, " + plain + " of a plain sum in float32, " + what);
    }

    private static double square(double v) {
      return v * v;
    }
  }

  private static int group(TileShape s, int output) {
    return output / (s.out() / s.groups());
  }

  private static int inputs(TileShape s) {
    return s.samples() * s.height() * s.width();
  }

  private static int results(TileShape s) {
    return s.samples() * s.outHeight() * s.outWidth();
  }

  private void convolution(TileShape s, boolean mirrored, DoubleSupplier numbers, boolean exact) {
    // With a stride, from the smaller map to the larger one.
    boolean spread = !s.isDense();
    TileShape meeting = spread ? s.strided() : s;
    float least = random.nextInt(2) == 0 || spread ? Float.NEGATIVE_INFINITY : 0;
    boolean biased = random.nextInt(2) == 0 && !spread;
    try (Numbers x = new Numbers(inputs(s) * s.in(), numbers); Numbers w = new Numbers(s.taps() * s.depth() * s.out(), numbers); Numbers bias = new Numbers(s.out(), numbers);
        Numbers y = new Numbers((spread ? inputs(meeting) : results(s)) * s.out(), () -> Double.NaN); TileConvolution c = new TileConvolution(s, 1 + random.nextInt(MOST_THREADS), mirrored, least, Float.POSITIVE_INFINITY);
        NativeMemory work = NativeMemory.allocate(c.workBytes(), "a test")) {
      Sums sums = new Sums(y.values.length);
      for (int i = 0; i < y.values.length && biased; i++) {
        sums.add(i, bias.values[i % s.out()], 1);
      }
      TileMeetings.of(meeting, (larger, t, smaller) -> {
        int input = spread ? smaller : larger;
        int output = spread ? larger : smaller;
        int tap = mirrored && !spread ? s.taps() - 1 - t : t;
        for (int k = 0; k < s.depth(); k++) {
          for (int o = 0; o < s.out(); o++) {
            sums.add(output * s.out() + o, x.values[input * s.in() + group(s, o) * s.depth() + k], w.values[mirrored ? (tap * s.depth() + k) * s.out() + o : (tap * s.out() + o) * s.depth() + k]);
          }
        }
      });
      sums.limit(least);
      Runnable run = c.bind(x.memory.address(), w.memory.address(), biased ? bias.memory.address() : 0, y.memory.address(), 0, work.address());
      run.run();
      float[] got = y.now();
      sums.check(got, exact, s.toString());
      run.run();
      assertArrayEquals(got, y.now(), () -> "bits of a second run, " + s);
    }
  }

  private void gradient(TileShape s, DoubleSupplier numbers, boolean exact) {
    try (Numbers x = new Numbers(inputs(s) * s.in(), numbers); Numbers dy = new Numbers(results(s) * s.out(), numbers);
        Numbers dw = new Numbers(s.taps() * s.depth() * s.out(), () -> Double.NaN); TileGradient g = new TileGradient(s, 1 + random.nextInt(MOST_THREADS));
        NativeMemory work = NativeMemory.allocate(g.workBytes(), "a test")) {
      Sums sums = new Sums(dw.values.length);
      TileMeetings.of(s, (input, t, output) -> {
        for (int k = 0; k < s.depth(); k++) {
          for (int o = 0; o < s.out(); o++) {
            sums.add((t * s.out() + o) * s.depth() + k, x.values[input * s.in() + group(s, o) * s.depth() + k], dy.values[output * s.out() + o]);
          }
        }
      });
      Runnable run = g.bind(x.memory.address(), dy.memory.address(), dw.memory.address(), work.address());
      run.run();
      float[] got = dw.now();
      sums.check(got, exact, "gradient of " + s);
      run.run();
      assertArrayEquals(got, dw.now(), () -> "bits of a second run, gradient of " + s);
    }
  }
}
