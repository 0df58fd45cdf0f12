package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Pad;
import dev.cardinal.cpu.onednn.tiles.TileJob.Rows;
import java.util.Arrays;

/**
 * The gradient of ReLU over maps that are channels last: what the result's gradient has where the result is positive. On the way it may add up the columns, which is the gradient of a bias before it. The result's gradient
 * may be some channels of a wider map.
 */
public final class Rectification implements AutoCloseable {
  private final Folding map;
  private final long step;
  private final int threads;
  private final TileJob job = new TileJob();

  /**
   * Plans.
   *
   * @param wide channels of the map that the gradient is a part of; as many as {@code channels} if it is no part
   */
  public Rectification(long positions, int channels, int wide, int threads) {
    this.map = wide == channels ? Folding.of(positions, channels) : new Folding(positions, 1, channels);
    this.step = wide == channels ? row() : (long) wide * Float.BYTES;
    this.threads = threads;
  }

  /** Whether there is machine code for such maps. */
  public static boolean suits(long positions, int channels, int wide) {
    return wide == channels ? Folding.of(positions, channels) != null : channels % TileShape.HALF == 0;
  }

  private long row() {
    return (long) map.width() * Float.BYTES;
  }

  /** Memory of the parts' sums. */
  public long sumBytes() {
    return map.parts(threads) * row();
  }

  /**
   * Makes the launch.
   *
   * @param dy where its first channel is
   * @param y the result
   * @param sums memory of {@link #sumBytes}, or 0 where they are not wanted
   */
  public Runnable bind(long dy, long y, long dx, long sums) {
    int parts = map.parts(threads);
    for (int i = 0; i < parts; i++) {
      long begin = map.rows() * i / parts;
      long own = sums + i * row();
      job.item();
      if (sums != 0) {
        job.operation(Routine.PAD).with(Pad.TARGET, own).with(Pad.ROWS, 1).with(Pad.ZERO_BYTES, row());
      }
      job.operation(sums == 0 ? Routine.RECTIFY : Routine.SUMMED_RECTIFY).with(Rows.SOURCE, dy + begin * step).with(Rows.SOURCE_STEP, step).with(Rows.SECOND, y + begin * row())
          .with(Rows.TARGET, dx + begin * row()).with(Rows.ROWS, map.rows() * (i + 1) / parts - begin).with(Rows.BYTES, row()).with(Rows.COEFFICIENTS, own);
    }
    return job.written(threads, 0, 0);
  }

  /** Adds up the parts' sums. */
  public Runnable total(long sums, Floats to) {
    int channels = map.channels();
    float[] values = new float[map.parts(threads) * map.width()];
    double[] total = new double[channels];
    Floats from = Floats.at(sums, values.length);
    return () -> {
      from.get(0, values, 0, values.length);
      Arrays.fill(total, 0);
      for (int at = 0; at < values.length; at += channels) {
        for (int c = 0; c < channels; c++) {
          total[c] += values[at + c];
        }
      }
      for (int c = 0; c < channels; c++) {
        to.put(c, (float) total[c]);
      }
    };
  }

  @Override
  public void close() {
    job.close();
  }
}
