package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import java.util.stream.LongStream;

/** Mean and variance of every channel of a map that is channels last, in one pass: see {@link MomentParts}. */
public final class TileMoments implements AutoCloseable {
  private static final int PARTS_PER_THREAD = 8;
  private final int channels;
  private final int threads;
  private final MomentParts parts;
  private final TileJob job = new TileJob();

  /** Plans. */
  public TileMoments(long rows, int channels, int threads) {
    this.channels = channels;
    this.threads = threads;
    int count = (int) Math.min(rows, (long) PARTS_PER_THREAD * threads);
    this.parts = new MomentParts(LongStream.rangeClosed(0, count).map(i -> rows * i / count).toArray(), channels);
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return parts.bytes();
  }

  /** Makes the launch. */
  public Runnable bind(long x, Floats mean, Floats variance, long work) {
    long row = (long) channels * Float.BYTES;
    for (int i = 0; i < parts.firsts().length - 1; i++) {
      job.item();
      long first = parts.firsts()[i];
      long part = work + i * parts.partBytes();
      // The first row is near the others.
      job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, x + first * row).with(TileJob.Pad.TARGET, part).with(TileJob.Pad.ROWS, 1).with(TileJob.Pad.BYTES, row)
          .with(TileJob.Pad.ZERO_BYTES, (MomentParts.ROWS - 1) * row);
      job.operation(TileCode.Routine.MOMENTS).with(TileJob.Rows.SOURCE, x + first * row).with(TileJob.Rows.ROWS, parts.firsts()[i + 1] - first).with(TileJob.Rows.BYTES, row)
          .with(TileJob.Rows.COEFFICIENTS, part);
    }
    Runnable sums = job.written(threads, 0, 0);
    Runnable merged = parts.merged(work, mean, variance);
    return () -> {
      sums.run();
      merged.run();
    };
  }

  @Override
  public void close() {
    job.close();
  }
}
