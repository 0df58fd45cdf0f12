package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.DropoutKernel;
import dev.cardinal.cpu.onednn.kernel.UndividedIndex;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Drop;
import dev.cardinal.op.Dropout;
import dev.cardinal.tensor.Shape;
import java.nio.LongBuffer;

/** Dropout over a row-major tensor by machine code, to the same bits as {@link DropoutKernel}. */
public final class TileDropout implements AutoCloseable {
  /** Elements of a part: some microseconds of work. */
  private static final long PART = 1 << 14;
  private static final int WORDS_OF_BLOCK = 4;

  private final Dropout op;
  private final Shape shape;
  private final int threads;
  private final TileJob job = new TileJob();

  /** Of a tensor of this shape. */
  public TileDropout(Dropout op, Shape shape, int threads) {
    this.op = op;
    this.shape = shape;
    this.threads = threads;
  }

  /**
   * Makes the launch.
   *
   * @param state address of key and step
   * @param y may be {@code x}
   */
  public Runnable bind(long x, long state, long y) {
    PhiloxTable table = new PhiloxTable(job);
    UndividedIndex undivided = UndividedIndex.of(op, shape);
    for (long begin = 0; begin < shape.size(); begin += PART) {
      job.item();
      long end = Math.min(shape.size(), begin + PART);
      long run;
      for (long at = begin; at < end; at += run) {
        run = Math.min(end - at, undivided.run(at));
        drop(table, undivided.of(at), run, x + at * Float.BYTES, y + at * Float.BYTES);
      }
    }
    Runnable pass = job.written(threads, 0, 0);
    LongBuffer given = NativeMemory.view(state, 2 * Long.BYTES).asLongBuffer();
    return () -> {
      table.set(given.get(0), op.philoxStream(given.get(1)));
      pass.run();
    };
  }

  /** Elements that follow each other in the undivided tensor from {@code index} on, which need not begin a block. */
  private void drop(PhiloxTable table, long index, long count, long x, long y) {
    long before = index % WORDS_OF_BLOCK;
    job.operation(Routine.DROP).with(Drop.SOURCE, x - before * Float.BYTES).with(Drop.TARGET, y - before * Float.BYTES).with(Drop.TABLE, table.address())
        .with(Drop.CHUNKS, (before + count + PhiloxTable.CHUNK - 1) / PhiloxTable.CHUNK).with(Drop.BLOCK, index / WORDS_OF_BLOCK).with(Drop.PLACE, -before).with(Drop.COUNT, count)
        .with(Drop.LEAST, DropoutKernel.least(op)).with(Drop.KEEP, Double.doubleToRawLongBits(1 - op.rate()));
  }

  @Override
  public void close() {
    job.close();
  }
}
