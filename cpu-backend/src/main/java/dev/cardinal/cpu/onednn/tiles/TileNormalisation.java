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
   * y = max(0, (x - mean) gamma / sqrt(variance + epsilon) + beta).
   *
   * @param bits where that is positive
   */
  public Runnable forward(long x, Floats gamma, Floats beta, Floats mean, Floats variance, double epsilon, long y, long bits, long work) {
    for (int part = 0; part < parts; part++) {
      first.item();
      pass(first, exceeds(STREAMED_BYTES) ? Routine.STREAMED_NORMALISE : Routine.NORMALISE, part, x, 0, y, bits, work);
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
   * @param bits where dy counts, or 0 where it does everywhere
   */
  public Runnable backward(long dy, long x, Floats gamma, Floats mean, Floats inverse, long bits, long dx, Floats dgamma, Floats dbeta, long work) {
    boolean masked = bits != 0;
    long sums = work + COEFFICIENTS * row();
    Routine last = exceeds(STREAMED_GRADIENT_BYTES) ? masked ? Routine.STREAMED_MASKED_GRADIENT : Routine.STREAMED_GRADIENT : masked ? Routine.MASKED_GRADIENT : Routine.GRADIENT;
    for (int part = 0; part < parts; part++) {
      long own = sums + SUMS * part * row();
      first.item();
      first.operation(Routine.PAD).with(Pad.SOURCE, work).with(Pad.TARGET, own).with(Pad.ROWS, 1).with(Pad.BYTES, row()).with(Pad.ZERO_BYTES, (SUMS - 1) * row());
      pass(first, masked ? Routine.MASKED_SUMS : Routine.SUMS, part, dy, x, 0, bits, own);
    }
    // From the last part to the first: what was read last may still be in the caches.
    for (int part = parts - 1; part >= 0; part--) {
      second.item();
      pass(second, last, part, dy, x, dx, bits, work);
    }
    Runnable summing = first.written(threads, 0, 0);
    Runnable pass = second.written(threads, 0, 0);
    Floats coefficients = Floats.at(work, (long) COEFFICIENTS * channels);
    Floats given = Floats.at(sums, (long) SUMS * parts * channels);
    float[] values = new float[2 * channels];
    double[] total = new double[2 * channels];
    return () -> {
      for (int c = 0; c < channels; c++) {
        coefficients.put(c, mean.get(c));
      }
      summing.run();
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
