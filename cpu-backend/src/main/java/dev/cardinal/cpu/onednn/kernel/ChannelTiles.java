package dev.cardinal.cpu.onednn.kernel;

/**
 * Drives a loop over rows of {@code channels} elements in tiles of whole rows, so that per-channel values repeated to a tile's length line up with every tile.
 */
public final class ChannelTiles {
  /** Elements of a tile: a handful of tiles of floats stay in the first-level cache. */
  private static final int TILE = 2048;
  private static final int TASKS_PER_THREAD = 2;

  /** Handles elements {@code [from, from + n)}, whole rows; {@code index} is that of the task, or of the worker. */
  @FunctionalInterface
  public interface Body {
    void tile(long from, int n, float[][] scratch, int index);
  }

  private final Workers workers;
  private final int channels;
  private final int tile;
  private final long rows;
  private final int tasks;
  private final float[][][] scratch;

  /** Over {@code rows} rows, with {@code arrays} scratch arrays of a tile's length per thread. */
  public ChannelTiles(Workers workers, long rows, int channels, int arrays) {
    this.workers = workers;
    this.channels = channels;
    this.rows = rows;
    this.tile = channels * Math.max(1, TILE / channels);
    long tiles = tiles();
    this.tasks = (int) Math.min(Math.max(1, tiles / 4), (long) workers.threads() * TASKS_PER_THREAD);
    this.scratch = new float[workers.threads()][arrays][tile];
  }

  private long tiles() {
    return (rows * channels + tile - 1) / tile;
  }

  /** Number of tasks, each of which handles tiles in order. */
  public int tasks() {
    return tasks;
  }

  /** Elements of a full tile. */
  public int tile() {
    return tile;
  }

  /** Writes per-channel values to all rows of a tile. */
  public void repeat(float[] perChannel, float[] to) {
    for (int at = 0; at < tile; at += channels) {
      System.arraycopy(perChannel, 0, to, at, channels);
    }
  }

  /** Adds all rows of a tile of sums to per-channel sums. */
  public void fold(float[] sums, double[] perChannel) {
    for (int at = 0; at < tile; at += channels) {
      for (int c = 0; c < channels; c++) {
        perChannel[c] += sums[at + c];
      }
    }
  }

  /** Runs over all tiles, the body being told its task. */
  public void run(Body body) {
    each((from, n, worker, task) -> body.tile(from, n, scratch[worker], task));
  }

  /** Runs over all tiles, the body being told its worker, for scratch memory of its own. */
  public void runOn(Body body) {
    each((from, n, worker, task) -> body.tile(from, n, scratch[worker], worker));
  }

  private interface Tile {
    void handle(long from, int n, int worker, int task);
  }

  private void each(Tile tileBody) {
    long tiles = tiles();
    long count = rows * channels;
    workers.run(tasks, (task, worker) -> {
      long last = tiles * (task + 1) / tasks;
      for (long t = tiles * task / tasks; t < last; t++) {
        long from = t * tile;
        tileBody.handle(from, (int) Math.min(tile, count - from), worker, task);
      }
    });
  }
}
