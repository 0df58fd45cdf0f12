package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Pad;
import dev.cardinal.cpu.onednn.tiles.TileJob.Rows;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Batch normalisation by given statistics with or without ReLU or ReLU6, and the gradient of batch normalisation with or without (Ioffe and Szegedy, "Batch Normalization", 2015, section 3), over maps that are channels last. Where
 * the result was let pass, being above 0 and below the most that is given, is kept in one bit for each element.
 */
public final class TileNormalisation implements AutoCloseable {
  /** Larger results go past the caches; those of the gradient only from more bytes on, because they often take the place of an operand that was just read. */
  private static final long STREAMED_BYTES = 4 << 20;
  private static final long STREAMED_GRADIENT_BYTES = 32 << 20;
  private static final int COEFFICIENTS = 4;
  /** Rows of a part: the mean and two sums. */
  private static final int SUMS = 3;
  private static final int FLOAT = Float.BYTES;

  private final Folding map;
  private final int threads;
  private final int parts;
  private final TileJob first = new TileJob();
  private final TileJob second = new TileJob();

  /** For maps of so many positions. */
  public TileNormalisation(long positions, int channels, int threads) {
    this.map = Folding.of(positions, channels);
    this.threads = threads;
    this.parts = map.parts(threads);
  }

  /** Whether channels, of some positions together if need be, fill vectors. */
  public static boolean suits(long positions, int channels) {
    return Folding.of(positions, channels) != null;
  }

  /** Bytes of the bits that tell where results were let pass. */
  public static long bitBytes(long elements) {
    return elements / Byte.SIZE;
  }

  /** Memory that a run needs beside its operands: coefficients, and each part's mean and sums. */
  public long workBytes() {
    return (COEFFICIENTS + (long) SUMS * parts) * row();
  }

  private long row() {
    return (long) map.width() * FLOAT;
  }

  private boolean exceeds(long bytes) {
    return map.rows() * row() > bytes;
  }

  private long begin(int part) {
    return map.rows() * part / parts;
  }

  private TileJob.Operation pass(TileJob job, Routine r, int part, long source, long second, long target, long bits, long coefficients) {
    long begin = begin(part);
    return job.operation(r).with(Rows.SOURCE, source + begin * row()).with(Rows.SECOND, second + begin * row()).with(Rows.TARGET, target + begin * row())
        .with(Rows.MASK, bits + begin * map.width() / Byte.SIZE).with(Rows.ROWS, begin(part + 1) - begin).with(Rows.BYTES, row()).with(Rows.SOURCE_STEP, row())
        .with(Rows.COEFFICIENTS, coefficients);
  }

  /**
   * y = (x - mean) gamma / sqrt(variance + epsilon) + beta + residual, or min(most, max(0, that)).
   *
   * @param residual another map, or 0
   * @param bits where y is above 0 and below the most, if it is limited; 0 if not
   * @param most infinity for ReLU
   */
  public Runnable forward(long x, long residual, Floats gamma, Floats beta, Floats mean, Floats variance, double epsilon, long y, long bits, float most, long work) {
    Routine normalise = Routine.normalise(residual != 0, bits != 0, exceeds(STREAMED_BYTES));
    for (int part = 0; part < parts; part++) {
      first.item();
      pass(first, normalise, part, x, residual, y, bits, work);
    }
    Runnable pass = first.written(threads, 0, 0);
    return () -> {
      coefficient(work, 0, mean::get);
      coefficient(work, 1, c -> gamma.get(c) / Math.sqrt(variance.get(c) + epsilon));
      coefficient(work, 2, beta::get);
      coefficient(work, 3, c -> most);
      pass.run();
    };
  }

  /** Sets a row of coefficients from one for each channel. */
  private void coefficient(long work, int row, IntToDoubleFunction ofChannel) {
    int channels = map.channels();
    Floats to = Floats.at(work + row * row(), map.width());
    for (int c = 0; c < channels; c++) {
      float value = (float) ofChannel.applyAsDouble(c);
      for (int at = c; at < map.width(); at += channels) {
        to.put(at, value);
      }
    }
  }

  /**
   * dx, dgamma and dbeta.
   *
   * @param inverse 1 / sqrt(variance + epsilon)
   * @param added a map that is added to dy first, or 0; only where {@code masked} is wanted
   * @param bits where dy counts, or 0 where it does everywhere
   * @param masked where dy goes, with zeros where it does not count, or 0 where it is not wanted
   */
  public Runnable backward(long dy, long added, long x, Floats gamma, Floats mean, Floats inverse, long bits, long masked, long dx, Floats dgamma, Floats dbeta, long work) {
    long sums = work + COEFFICIENTS * row();
    for (int part = 0; part < parts; part++) {
      long own = sums + SUMS * part * row();
      first.item();
      first.operation(Routine.PAD).with(Pad.SOURCE, work).with(Pad.TARGET, own).with(Pad.ROWS, 1).with(Pad.BYTES, row()).with(Pad.ZERO_BYTES, (SUMS - 1) * row());
      Routine sum = bits == 0 ? Routine.SUMS : masked == 0 ? Routine.MASKED_SUMS : added == 0 ? Routine.KEPT_SUMS : Routine.ADDED_SUMS;
      pass(first, sum, part, dy, x, masked, bits, own).with(Rows.THIRD, added + begin(part) * row());
    }
    Runnable summing = first.written(threads, 0, 0);
    Runnable pass = gradient(masked == 0 ? dy : masked, x, gamma, inverse, masked == 0 ? bits : 0, dx, dgamma, dbeta, work);
    return () -> {
      coefficient(work, 0, mean::get);
      summing.run();
      pass.run();
    };
  }

  /** The second pass, the mean being in the first row of coefficients. */
  private Runnable gradient(long dy, long x, Floats gamma, Floats inverse, long bits, long dx, Floats dgamma, Floats dbeta, long work) {
    boolean masked = bits != 0;
    Routine last = exceeds(STREAMED_GRADIENT_BYTES) ? masked ? Routine.STREAMED_MASKED_GRADIENT : Routine.STREAMED_GRADIENT : masked ? Routine.MASKED_GRADIENT : Routine.GRADIENT;
    // From the last part to the first: what was read last may still be in the caches.
    for (int part = parts - 1; part >= 0; part--) {
      second.item();
      pass(second, last, part, dy, x, dx, bits, work);
    }
    Runnable pass = second.written(threads, 0, 0);
    int channels = map.channels();
    Floats given = Floats.at(work + COEFFICIENTS * row(), (long) SUMS * parts * map.width());
    float[] values = new float[2 * map.width()];
    double[] sums = new double[channels];
    double[] products = new double[channels];
    double positions = (double) map.rows() * map.positions();
    return () -> {
      Arrays.fill(sums, 0);
      Arrays.fill(products, 0);
      for (int part = 0; part < parts; part++) {
        given.get(((long) SUMS * part + 1) * map.width(), values, 0, values.length);
        for (int at = 0; at < map.width(); at += channels) {
          for (int c = 0; c < channels; c++) {
            sums[c] += values[at + c];
            products[c] += values[map.width() + at + c];
          }
        }
      }
      for (int c = 0; c < channels; c++) {
        dbeta.put(c, (float) sums[c]);
        dgamma.put(c, (float) (products[c] * inverse.get(c)));
      }
      coefficient(work, 1, c -> gamma.get(c) * inverse.get(c));
      coefficient(work, 2, c -> -(double) gamma.get(c) * inverse.get(c) * inverse.get(c) * inverse.get(c) * products[c] / positions);
      coefficient(work, 3, c -> -(double) gamma.get(c) * inverse.get(c) * sums[c] / positions);
      pass.run();
    };
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
