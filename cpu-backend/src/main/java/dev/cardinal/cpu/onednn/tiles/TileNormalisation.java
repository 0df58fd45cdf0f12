package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Pad;
import dev.cardinal.cpu.onednn.tiles.TileJob.Rows;
import java.util.Arrays;

/**
 * Batch normalisation by given statistics with ReLU, and the gradient of batch normalisation with or without (Ioffe and Szegedy, "Batch Normalization", 2015, section 3), over maps that are channels last. Where
 * the result was positive is kept in one bit for each element.
 */
public final class TileNormalisation implements AutoCloseable {
  private static final int PARTS_PER_THREAD = 8;
  /** Larger results go past the caches; those of the gradient only from more bytes on, because they often take the place of an operand that was just read. */
  private static final long STREAMED_BYTES = 4 << 20;
  private static final long STREAMED_GRADIENT_BYTES = 32 << 20;
  private static final int COEFFICIENTS = 4;
  /** Rows of a part: the mean and two sums. */
  private static final int SUMS = 3;
  private static final int FLOAT = Float.BYTES;

  private final long rows;
  private final int channels;
  private final int threads;
  private final int parts;
  private final TileJob first = new TileJob();
  private final TileJob second = new TileJob();

  /** For maps of so many positions. */
  public TileNormalisation(long rows, int channels, int threads) {
    this.rows = rows;
    this.channels = channels;
    this.threads = threads;
    this.parts = (int) Math.min(rows, (long) PARTS_PER_THREAD * threads);
  }

  /** Whether channels fill vectors. */
  public static boolean suits(int channels) {
    return channels % TileShape.HALF == 0;
  }

  /** Bytes of the bits that tell where results were positive. */
  public static long bitBytes(long elements) {
    return elements / Byte.SIZE;
  }

  /** Memory that a run needs beside its operands: coefficients, and each part's mean and sums. */
  public long workBytes() {
    return (COEFFICIENTS + (long) SUMS * parts) * row();
  }

  private long row() {
    return (long) channels * FLOAT;
  }

  private boolean exceeds(long bytes) {
    return rows * row() > bytes;
  }

  private long begin(int part) {
    return rows * part / parts;
  }

  private TileJob.Operation pass(TileJob job, Routine r, int part, long source, long second, long target, long bits, long coefficients) {
    long begin = begin(part);
    return job.operation(r).with(Rows.SOURCE, source + begin * row()).with(Rows.SECOND, second + begin * row()).with(Rows.TARGET, target + begin * row())
        .with(Rows.MASK, bits + begin * channels / Byte.SIZE).with(Rows.ROWS, begin(part + 1) - begin).with(Rows.BYTES, row()).with(Rows.COEFFICIENTS, coefficients);
  }

  /**
   * y = max(0, (x - mean) gamma / sqrt(variance + epsilon) + beta + residual).
   *
   * @param residual another map, or 0
   * @param bits where y is positive
   */
  public Runnable forward(long x, long residual, Floats gamma, Floats beta, Floats mean, Floats variance, double epsilon, long y, long bits, long work) {
    boolean streamed = exceeds(STREAMED_BYTES);
    Routine alone = streamed ? Routine.STREAMED_NORMALISE : Routine.NORMALISE;
    Routine withResidual = streamed ? Routine.STREAMED_RESIDUAL_NORMALISE : Routine.RESIDUAL_NORMALISE;
    for (int part = 0; part < parts; part++) {
      first.item();
      pass(first, residual == 0 ? alone : withResidual, part, x, residual, y, bits, work);
    }
    Runnable pass = first.written(threads, 0, 0);
    Floats coefficients = Floats.at(work, (long) COEFFICIENTS * channels);
    return () -> {
      for (int c = 0; c < channels; c++) {
        coefficients.put(c, mean.get(c));
        coefficients.put(channels + c, (float) (gamma.get(c) / Math.sqrt(variance.get(c) + epsilon)));
        coefficients.put(2L * channels + c, beta.get(c));
      }
      pass.run();
    };
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
    Floats coefficients = Floats.at(work, channels);
    Runnable pass = gradient(masked == 0 ? dy : masked, x, gamma, inverse, masked == 0 ? bits : 0, dx, dgamma, dbeta, work);
    return () -> {
      for (int c = 0; c < channels; c++) {
        coefficients.put(c, mean.get(c));
      }
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
    Floats coefficients = Floats.at(work, (long) COEFFICIENTS * channels);
    Floats given = Floats.at(work + COEFFICIENTS * row(), (long) SUMS * parts * channels);
    float[] values = new float[2 * channels];
    double[] total = new double[2 * channels];
    return () -> {
      Arrays.fill(total, 0);
      for (int part = 0; part < parts; part++) {
        given.get(((long) SUMS * part + 1) * channels, values, 0, values.length);
        for (int i = 0; i < values.length; i++) {
          total[i] += values[i];
        }
      }
      for (int c = 0; c < channels; c++) {
        double inv = inverse.get(c);
        double factor = gamma.get(c) * inv;
        dbeta.put(c, (float) total[c]);
        dgamma.put(c, (float) (total[channels + c] * inv));
        coefficients.put(channels + c, (float) factor);
        coefficients.put(2L * channels + c, (float) (-factor * inv * inv * total[channels + c] / rows));
        coefficients.put(3L * channels + c, (float) (-factor * total[c] / rows));
      }
      pass.run();
    };
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
