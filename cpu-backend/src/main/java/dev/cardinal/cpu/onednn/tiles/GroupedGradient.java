package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.cpu.onednn.tiles.GroupedArguments.Collect;
import dev.cardinal.cpu.onednn.tiles.GroupedCode.Kind;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Add;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient of the weights of a convolution in groups of few channels: strips of both maps that stay in the caches are gone through for every row of the window, while the next strip is fetched. Parts of the
 * maps have sums of their own, which are added in order.
 */
public final class GroupedGradient implements AutoCloseable {
  private static final int PARTS_PER_THREAD = 8;
  private static final int FEWEST_PARTS_PER_THREAD = 2;
  /** Of all parts' sums, if that leaves enough parts. */
  private static final long MOST_SUMS = 1280 << 10;
  /** Of both maps, in a strip. */
  private static final long STRIP_BYTES = 384 << 10;
  private static final int ADDED_BYTES = 16 << 10;

  /**
   * Rows of the output, of one sample or of whole samples.
   *
   * @param sample the first
   * @param samples how many
   * @param row the first of each
   * @param rows of each
   */
  private record Strip(int sample, int samples, int row, int rows) {}

  private final GroupedShape s;
  private final DepthwiseShape maps;
  private final int threads;
  private final Axis rows;
  private final int parts;
  private final TileJob job = new TileJob();

  /** Plans. */
  public GroupedGradient(GroupedShape s, int threads) {
    this.s = s;
    this.maps = s.maps();
    this.threads = threads;
    this.rows = maps.rows();
    long most = Math.max(FEWEST_PARTS_PER_THREAD * threads, Math.min(PARTS_PER_THREAD * threads, MOST_SUMS / s.weightBytes()));
    this.parts = (int) Math.min(all(), most);
  }

  /** Rows of the output of all samples. */
  private int all() {
    return maps.samples() * rows.out();
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return (parts - 1) * s.weightBytes();
  }

  /**
   * Makes the launch.
   *
   * @param x the input, channels last
   * @param dy the output's gradient, channels last
   * @param dw where the gradient goes, {@link GroupedShape#arranged} along the inputs
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long x, long dy, long dw, long work) {
    long code = GroupedCode.of(Kind.COLLECT, s, false, false);
    List<List<Strip>> strips = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      strips.add(strips((int) ((long) all() * i / parts), (int) ((long) all() * (i + 1) / parts)));
    }
    for (int i = 0; i < parts; i++) {
      long sums = i == 0 ? dw : work + (i - 1) * s.weightBytes();
      job.item();
      TileStrips.zero(job, Place.at(sums), s.weightBytes());
      List<Strip> own = strips.get(i);
      for (int k = 0; k < own.size(); k++) {
        // Behind the last one probably comes what the other threads leave.
        Strip next = k + 1 < own.size() ? own.get(k + 1) : i + threads < parts ? strips.get(i + threads).get(0) : null;
        for (int r = 0; r < rows.kernel(); r++) {
          operation(code, r, own.get(k), next, x, dy, sums + r * maps.columns().kernel() * s.tapBytes());
        }
      }
    }
    job.afterAll();
    for (long at = 0; at < s.weightBytes() && parts > 1; at += ADDED_BYTES) {
      job.item();
      for (int i = 1; i < parts; i++) {
        job.operation(Routine.ADD).with(Add.SOURCE, work + (i - 1) * s.weightBytes() + at).with(Add.TARGET, dw + at).with(Add.BYTES, Math.min(ADDED_BYTES, s.weightBytes() - at));
      }
    }
    return job.written(threads, 0, 0);
  }

  /** Divides rows of the output, counted through all samples. */
  private List<Strip> strips(int begin, int end) {
    List<Strip> strips = new ArrayList<>();
    long bytes = maps.sample(false) + maps.sample(true);
    int most = (int) Math.max(1, STRIP_BYTES * rows.out() / bytes);
    for (int row = begin; row < end;) {
      int sample = row / rows.out();
      int first = row % rows.out();
      int whole = first == 0 ? (int) Math.min((end - row) / rows.out(), STRIP_BYTES / bytes) : 0;
      if (whole > 1) {
        strips.add(new Strip(sample, whole, 0, rows.out()));
        row += whole * rows.out();
      } else {
        int left = Math.min(rows.out() - first, end - row);
        int count = (left + most - 1) / most;
        for (int i = 0; i < count; i++) {
          strips.add(new Strip(sample, 1, first + left * i / count, left * (i + 1) / count - left * i / count));
        }
        row += left;
      }
    }
    return strips;
  }

  private long source(Strip p) {
    return p.sample * maps.sample(false) + Math.max(0, p.row * rows.stride() - rows.low()) * maps.row(false);
  }

  private long gradient(Strip p) {
    return p.sample * maps.sample(true) + p.row * maps.row(true);
  }

  /** One row of the window, over those rows that it meets; its share of what is fetched. */
  private void operation(long code, int tap, Strip p, Strip next, long x, long dy, long target) {
    int begin = p.row;
    int end = p.row + p.rows;
    while (begin < end && !meets(tap, begin)) {
      begin++;
    }
    while (end > begin && !meets(tap, end - 1)) {
      end--;
    }
    if (begin == end) {
      return;
    }
    long source = p.sample * maps.sample(false) + (begin * rows.stride() - rows.low() + tap * rows.step()) * maps.row(false);
    TileJob.Operation o = job.operation(code).with(Collect.SOURCE, x + source).with(Collect.TARGET, target).with(Collect.GRADIENT, dy + p.sample * maps.sample(true) + begin * maps.row(true))
        .with(Collect.SAMPLES, p.samples).with(Collect.ROWS, end - begin).with(Collect.SOURCE_STEP, rows.stride() * maps.row(false)).with(Collect.GRADIENT_STEP, maps.row(true))
        .with(Collect.SOURCE_SAMPLE, maps.sample(false)).with(Collect.GRADIENT_SAMPLE, maps.sample(true)).with(Collect.FIRST, 0).with(Collect.END, maps.position());
    if (next != null) {
      long times = (long) p.samples * (end - begin) * GroupedSums.passes(s);
      long given = (long) next.samples * next.rows * maps.row(true);
      long taken = next.samples > 1 ? next.samples * maps.sample(false) : Math.min(next.rows * rows.stride() + 2L, rows.size()) * maps.row(false);
      o.with(Collect.FETCHED, x + source(next) + share(taken, tap)).with(Collect.LINES, lines(share(taken, tap + 1) - share(taken, tap), times))
          .with(Collect.GRADIENT_FETCHED, dy + gradient(next) + share(given, tap)).with(Collect.GRADIENT_LINES, lines(share(given, tap + 1) - share(given, tap), times));
    }
  }

  private long share(long bytes, int tap) {
    return bytes / GroupedRoutines.VECTOR * tap / rows.kernel() * GroupedRoutines.VECTOR;
  }

  private static long lines(long bytes, long times) {
    return (bytes / GroupedRoutines.VECTOR + times - 1) / times;
  }

  private boolean meets(int tap, int row) {
    int at = row * rows.stride() - rows.low() + tap * rows.step();
    return at >= 0 && at < rows.size();
  }

  @Override
  public void close() {
    job.close();
  }
}
