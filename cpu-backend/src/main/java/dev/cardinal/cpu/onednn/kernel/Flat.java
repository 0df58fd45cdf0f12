package dev.cardinal.cpu.onednn.kernel;

/** Drives a loop over {@code count} elements in tiles, divided among the workers. */
public final class Flat {
  /** Elements of a tile: a few tiles of floats stay in the first-level cache. */
  public static final int TILE = 512;
  private static final int TASKS_PER_THREAD = 4;

  /** Handles elements {@code [from, from + n)}, n at most {@link #TILE}, with arrays of that length of its own. */
  @FunctionalInterface
  public interface Body {
    void tile(long from, int n, float[][] scratch);
  }

  private final Workers workers;
  private final float[][][] scratch;

  /** With {@code arrays} scratch arrays of {@link #TILE} elements per thread. */
  public Flat(Workers workers, int arrays) {
    this.workers = workers;
    this.scratch = new float[workers.threads()][arrays][TILE];
  }

  /** Handles elements {@code [from, from + n)} on a worker. */
  @FunctionalInterface
  public interface WorkerBody {
    void tile(long from, int n, int worker);
  }

  /** Runs over all tiles. */
  public void run(long count, Body body) {
    runOn(count, (from, n, worker) -> body.tile(from, n, scratch[worker]));
  }

  /** Runs over all tiles, for bodies with scratch memory of their own. */
  public void runOn(long count, WorkerBody body) {
    long tiles = (count + TILE - 1) / TILE;
    int tasks = (int) Math.min(tiles < 16 ? 1 : tiles, (long) workers.threads() * TASKS_PER_THREAD);
    workers.run(tasks, (task, worker) -> {
      long last = tiles * (task + 1) / tasks;
      for (long t = tiles * task / tasks; t < last; t++) {
        long from = t * TILE;
        body.tile(from, (int) Math.min(TILE, count - from), worker);
      }
    });
  }

  /** y = f(a), elementwise over whole tensors of one layout. */
  public void map(long count, Floats a, Floats y, Map1 f) {
    run(count, (from, n, s) -> {
      a.get(from, s[0], 0, n);
      f.apply(s[0], s[1], n);
      y.put(from, s[1], 0, n);
    });
  }

  /** y = f(a, b), elementwise over whole tensors of one layout. */
  public void map(long count, Floats a, Floats b, Floats y, Map2 f) {
    run(count, (from, n, s) -> {
      a.get(from, s[0], 0, n);
      b.get(from, s[1], 0, n);
      f.apply(s[0], s[1], s[2], n);
      y.put(from, s[2], 0, n);
    });
  }

  /** A function of one tile. */
  @FunctionalInterface
  public interface Map1 {
    void apply(float[] a, float[] y, int n);
  }

  /** A function of two tiles. */
  @FunctionalInterface
  public interface Map2 {
    void apply(float[] a, float[] b, float[] y, int n);
  }
}
