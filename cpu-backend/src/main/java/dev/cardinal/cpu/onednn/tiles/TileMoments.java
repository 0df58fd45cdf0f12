package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import java.util.stream.LongStream;

/** Mean and variance of every channel of a map that is channels last, in one pass: see {@link MomentParts}. */
public final class TileMoments implements AutoCloseable {
  private static final int SAMPLES = 8;
  private final int width;
  private final int threads;
  private final MomentParts parts;
  private final TileJob job = new TileJob();

  /** For maps that {@link TileNormalisation#suits}. */
  public TileMoments(long positions, int channels, int threads) {
    Folding map = Folding.of(positions, channels);
    this.width = map.width();
    this.threads = threads;
    int count = map.parts(threads);
    this.parts = new MomentParts(LongStream.rangeClosed(0, count).map(i -> map.rows() * i / count).toArray(), map.positions(), channels);
  }

  /** Memory that a run needs beside its operands: sums, and a row near all others. */
  public long workBytes() {
    return parts.bytes() + (long) width * Float.BYTES;
  }

  /** Makes the launch. */
  public Runnable bind(long x, Floats mean, Floats variance, long work) {
    long row = (long) width * Float.BYTES;
    long near = work + parts.bytes();
    for (int i = 0; i < parts.firsts().length - 1; i++) {
      job.item();
      long first = parts.firsts()[i];
      long part = work + i * parts.partBytes();
      job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, near).with(TileJob.Pad.TARGET, part).with(TileJob.Pad.ROWS, 1).with(TileJob.Pad.BYTES, row)
          .with(TileJob.Pad.ZERO_BYTES, (MomentParts.ROWS - 1) * row);
      job.operation(TileCode.Routine.MOMENTS).with(TileJob.Rows.SOURCE, x + first * row).with(TileJob.Rows.ROWS, parts.firsts()[i + 1] - first).with(TileJob.Rows.BYTES, row).with(TileJob.Rows.SOURCE_STEP, row)
          .with(TileJob.Rows.COEFFICIENTS, part);
    }
    Runnable sums = job.written(threads, 0, 0);
    Runnable merged = parts.merged(work, mean, variance);
    Floats map = Floats.at(x, parts.firsts()[parts.firsts().length - 1] * width);
    Floats means = Floats.at(near, width);
    return () -> {
      sample(map, means);
      sums.run();
      merged.run();
    };
  }

  /** The mean of some rows, which is near that of all; by differences from the first, so that equal values are their mean exactly. */
  private void sample(Floats map, Floats near) {
    long rows = parts.firsts()[parts.firsts().length - 1];
    float[] first = new float[width];
    float[] row = new float[width];
    float[] mean = new float[width];
    map.get(0, first, 0, width);
    System.arraycopy(first, 0, mean, 0, width);
    for (int i = 1; i < SAMPLES; i++) {
      map.get(rows * i / SAMPLES * width, row, 0, width);
      for (int c = 0; c < width; c++) {
        mean[c] += (row[c] - first[c]) / SAMPLES;
      }
    }
    near.put(0, mean, 0, width);
  }

  @Override
  public void close() {
    job.close();
  }
}
