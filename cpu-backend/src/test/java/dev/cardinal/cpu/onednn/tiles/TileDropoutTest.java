package dev.cardinal.cpu.onednn.tiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.op.Dropout;
import dev.cardinal.random.Philox;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.Shape;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Dropout by machine code against words and quotients made one by one in Java; every bit must be right, and nothing else may be written. */
class TileDropoutTest {
  private static final int CASES = 60;
  private static final double UNIT = 0x1p-24;
  private final PhiloxRandom random = new PhiloxRandom(83, 1);

  @BeforeAll
  static void vectors() {
    Assumptions.assumeTrue(TileCode.hasVectors(), "this processor has no wide vectors, or they are turned off");
  }

  /** Samples of an undivided tensor, or channels of them. */
  private record Part(int samples, int own, int plane, int channels, int firstChannel, int firstSample) {
    int size() {
      return samples * own * plane;
    }

    Dropout op(double rate, int stream) {
      return new Dropout(rate, stream, channels, firstChannel, firstSample);
    }

    /** Counted from the place in every direction. */
    long index(int i) {
      long sample = i / plane / own + firstSample;
      long channel = i / plane % own + firstChannel;
      return (sample * (channels == 0 ? own : channels) + channel) * plane + i % plane;
    }
  }

  private long word() {
    return (long) random.nextInt() << 32 | random.nextInt() & 0xffffffffL;
  }

  private static float[] expected(Dropout op, Part part, long key, long step, float[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < y.length; i++) {
      boolean kept = Philox.toUniform(Philox.word(key, op.philoxStream(step), part.index(i))) >= op.rate();
      y[i] = kept ? (float) (x[i] / (1 - op.rate())) : 0;
    }
    return y;
  }

  /** Twice with states of their own, to another place and in place. */
  private void check(Dropout op, Part part, int threads, float[] values, long... states) {
    Shape shape = Shape.of(part.samples, part.own, part.plane);
    String what = op + " of " + part + " by " + threads + " threads";
    try (NativeMemory state = NativeMemory.allocate(2 * Long.BYTES, "a test"); Operand x = new Operand(values); Operand y = new Operand((long) values.length * Float.BYTES);
        TileDropout there = new TileDropout(op, shape, threads); TileDropout here = new TileDropout(op, shape, threads)) {
      Runnable toAnother = there.bind(x.address(), state.address(), y.address());
      Runnable inPlace = here.bind(y.address(), state.address(), y.address());
      float[] wanted = values;
      for (int i = 0; i < states.length; i += 2) {
        NativeMemory.view(state.address(), state.bytes()).asLongBuffer().put(states, i, 2);
        (i == 0 ? toAnother : inPlace).run();
        wanted = expected(op, part, states[i], states[i + 1], wanted);
        assertArrayEquals(wanted, y.now(), () -> what);
      }
      assertArrayEquals(values, x.now(), () -> what);
      x.check(what);
      y.check(what);
    }
  }

  private float[] numbers(int count) {
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      v[i] = (float) random.nextGaussian();
    }
    return v;
  }

  @Test
  void wholesAndParts() {
    for (int i = 0; i < CASES; i++) {
      int own = 1 + random.nextInt(20);
      int plane = 1 + random.nextInt(i % 3 == 0 ? 7 : 150);
      int before = random.nextInt(9);
      int samples = 1 + random.nextInt(i % 5 == 0 ? 60 : 6);
      Part part = i % 2 == 0 ? new Part(samples, own, plane, 0, 0, random.nextInt(100)) : new Part(samples, own, plane, own + before + random.nextInt(9), before, random.nextInt(100));
      check(part.op(random.nextInt(100) / 100.0, random.nextInt(8)), part, 1 + i % 3, numbers(part.size()), word(), word(), word(), word());
    }
  }

  /** One element is kept at the rate that is its uniform, and dropped at the next: so all of its bits are right. The numbers of blocks pass 2^32 on the way. */
  @Test
  void allBitsOfWordsCount() {
    for (int i = 0; i < CASES; i++) {
      int own = 1 + random.nextInt(8);
      int plane = 40 + random.nextInt(200);
      int first = i % 2 == 0 ? random.nextInt(Integer.MAX_VALUE) : (int) ((1L << 34) / (own * plane + 3L * plane)) - 1;
      Part part = new Part(3, own, plane, own + 3, random.nextInt(4), first);
      if (i % 2 == 1) {
        assertTrue(part.index(0) >>> 2 < 1L << 32 && part.index(part.size() - 1) >>> 2 >= 1L << 32, part::toString);
      }
      long key = word();
      long step = word();
      int stream = random.nextInt();
      int element = random.nextInt(part.size());
      double uniform = Philox.toUniform(Philox.word(key, part.op(0, stream).philoxStream(step), part.index(element)));
      check(part.op(uniform, stream), part, 2, numbers(part.size()), key, step);
      if (uniform + UNIT < 1) {
        check(part.op(uniform + UNIT, stream), part, 2, numbers(part.size()), key, step);
      }
    }
  }

  /** Subnormal and infinite values and what is no number among them. */
  @Test
  void quotientsAreThoseOfDoubles() {
    Part part = new Part(7, 11, 13, 0, 0, 0);
    for (int i = 0; i < CASES; i++) {
      float[] values = new float[part.size()];
      for (int k = 0; k < values.length; k++) {
        values[k] = Float.intBitsToFloat(k % 8 == 0 ? random.nextInt() & 0x807fffff : k % 8 == 1 ? random.nextInt() | 0x7f800000 : random.nextInt());
      }
      values[random.nextInt(values.length)] = Float.POSITIVE_INFINITY;
      values[random.nextInt(values.length)] = Float.NEGATIVE_INFINITY;
      check(part.op(random.nextDouble(), i), part, 1, values, word(), word());
    }
  }

  @Test
  void ratesAtTheEnds() {
    Part part = new Part(2, 5, 1000, 0, 0, 0);
    float[] values = numbers(part.size());
    check(part.op(0, 1), part, 2, values, 1, 2);
    check(part.op(Double.MIN_VALUE, 1), part, 2, values, 1, 2);
    check(part.op(Math.nextDown(1.0), 1), part, 2, values, 1, 2);
  }

  /** Several parts for each of many threads. */
  @Test
  void largeTensors() {
    Part whole = new Part(3, 64, 1021, 0, 0, 5);
    check(whole.op(0.5, 1), whole, 4, numbers(whole.size()), 3, 4);
    Part divided = new Part(3, 64, 1021, 100, 33, 5);
    check(divided.op(0.3, 1), divided, 4, numbers(divided.size()), 3, 4);
  }
}
