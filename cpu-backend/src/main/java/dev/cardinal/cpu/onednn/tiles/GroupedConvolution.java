package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Tap;
import dev.cardinal.cpu.onednn.tiles.GroupedArguments.Gather;
import dev.cardinal.cpu.onednn.tiles.GroupedCode.Kind;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A convolution in groups of few channels, or the gradient of its input: one pass over both maps. Padding is not copied: places at the borders have fewer taps. The gradient of a convolution with a stride has
 * taps of its own for as many neighbouring rows, and columns, as the stride is large.
 */
public final class GroupedConvolution implements AutoCloseable {
  /** Larger results go past the caches; gradients only from more bytes on, because the memory that they take was often read just before. */
  private static final long STREAMED_BYTES = 4 << 20;
  private static final long STREAMED_GRADIENT_BYTES = 16 << 20;
  /** Bytes between a block that is read and what is fetched. */
  private static final int AHEAD = 16384;
  /** More weights are not gone through for every block, but one group's for many rows. */
  private static final long MOST_WEIGHTS = 512 << 10;

  /** What is listed in native memory. */
  private record Taps(long begin, long end) {}

  private final GroupedShape s;
  private final DepthwiseShape maps;
  private final int threads;
  private final boolean backward;
  private final float least;
  private final float most;
  private final Axis rows;
  private final Axis columns;
  private final RowGroups shared;
  private final int blocks;
  private final TileJob job = new TileJob();
  private final Map<List<Tap>, Taps> listed = new HashMap<>();
  private long orders;

  /**
   * Plans.
   *
   * @param backward whether this gives the gradient of the input out of the output's
   * @param least limit of what is written
   * @param most limit of what is written
   */
  public GroupedConvolution(GroupedShape s, int threads, boolean backward, float least, float most) {
    this.s = s;
    this.maps = s.maps();
    this.threads = threads;
    this.backward = backward;
    this.least = least;
    this.most = most;
    this.rows = maps.rows();
    this.columns = maps.columns();
    this.shared = RowGroups.of(maps, backward, threads);
    this.blocks = GroupedColumns.of(columns, backward, GroupedRoutines.MOST_COLUMNS).stream().mapToInt(GroupedColumns.Run::count).sum();
  }

  /** The sums over the result's positions that this can give on the way. */
  public MomentParts moments() {
    return shared.moments(maps);
  }

  /**
   * Makes the launch.
   *
   * @param source the input, or the output's gradient, channels last
   * @param weights {@link GroupedShape#arranged}, along the map that is written
   * @param bias {@code [channels]}, or 0
   * @param target the output, or the input's gradient, channels last
   * @param sums memory of {@link #moments}, or 0 where they are not wanted
   */
  public Runnable bind(long source, long weights, long bias, long target, long sums) {
    long initial = bias == 0 ? job.table(new long[maps.channels() / 2]) : bias;
    orders = s.width() == 8 ? job.table(GroupedRoutines.orders()) : 0;
    boolean streamed = maps.samples() * maps.sample(!backward) > (backward ? STREAMED_GRADIENT_BYTES : STREAMED_BYTES);
    long code = GroupedCode.of(backward ? Kind.BACKWARD : Kind.FORWARD, s, streamed, sums != 0);
    long part = s.weightBytes() > MOST_WEIGHTS ? Math.max(GroupedRoutines.VECTOR, s.groupBytes()) : maps.position();
    for (int i = 0; i < shared.items(); i++) {
      job.item();
      long itemSums = sums == 0 ? 0 : sums + i * (long) MomentParts.ROWS * maps.position();
      if (sums != 0) {
        near((shared.first(i) + shared.first(i + 1)) / 2, source, weights, initial, itemSums);
      }
      for (int begin = shared.first(i); begin < shared.first(i + 1);) {
        int end = Math.min(shared.first(i + 1), (begin / shared.groups() + 1) * shared.groups());
        for (long c = 0; c < maps.position(); c += part) {
          sample(code, begin, end, c, Math.min(maps.position(), c + part), source, weights, initial, target, itemSums);
        }
        begin = end;
      }
    }
    listed.clear();
    return job.written(threads, 0, 0);
  }

  /** Some channels of groups of rows of one sample. */
  private void sample(long code, int begin, int end, long firstByte, long endByte, long source, long weights, long initial, long target, long sums) {
    int sample = begin / shared.groups();
    long from = source + sample * maps.sample(backward);
    long to = target + sample * maps.sample(!backward);
    int height = rows.written(backward);
    int last = Math.min(height, (end - sample * shared.groups()) * shared.period());
    for (int phase = 0; phase < shared.period(); phase++) {
      for (int row = (begin - sample * shared.groups()) * shared.period() + phase; row < last;) {
        List<Tap> taps = rows.taps(backward, row);
        int count = 1;
        while (row + count * shared.period() < last && rows.taps(backward, row + count * shared.period()).equals(taps)) {
          count++;
        }
        int base = rows.base(backward, row);
        int reach = taps.stream().mapToInt(Tap::place).max().orElse(0);
        long fetched = from + (base + reach) * maps.row(backward) + AHEAD;
        operation(code, from + base * maps.row(backward), to + row * maps.row(!backward), taps, weights + firstByte / GroupedRoutines.VECTOR * s.vectorBytes(), initial).with(Gather.ROWS, count)
            .with(Gather.FIRST, firstByte).with(Gather.END, endByte).with(Gather.SUMS, sums).with(Gather.FETCHED, fetched).with(Gather.LINES, endByte - firstByte < maps.position() ? 0 : lines());
        row += count * shared.period();
      }
    }
  }

  /** Lines of the source that are new with a block of 16 channels. */
  private long lines() {
    long ofRow = (long) rows.base(backward, shared.period()) * (backward ? columns.out() : columns.size());
    return (ofRow + (long) blocks * shared.period() - 1) / ((long) blocks * shared.period());
  }

  private TileJob.Operation operation(long code, long source, long target, List<Tap> taps, long weights, long initial) {
    Taps t = listed.computeIfAbsent(taps, this::list);
    return job.operation(code).with(Gather.SOURCE, source).with(Gather.TARGET, target).with(Gather.TAPS, t.begin).with(Gather.TAPS_END, t.end)
        .with(Gather.SOURCE_STEP, rows.base(backward, shared.period()) * maps.row(backward)).with(Gather.TARGET_STEP, shared.period() * maps.row(!backward)).with(Gather.WEIGHTS, weights).with(Gather.INITIAL, initial)
        .with(Gather.LEAST, least).with(Gather.MOST, most).with(Gather.ORDERS, orders);
  }

  /** Rows of taps in native memory, for every 16 channels of a group. */
  private Taps list(List<Tap> taps) {
    List<Long> words = new ArrayList<>();
    for (Tap t : taps) {
      for (int j = 0; j < s.width(); j += GroupedShape.VECTOR) {
        words.add(t.place() * maps.row(backward) + (long) j * Float.BYTES);
        words.add(t.tap() * columns.kernel() * s.tapBytes() + (long) j * GroupedRoutines.VECTOR);
      }
    }
    long begin = words.isEmpty() ? 0 : job.table(words.stream().mapToLong(Long::longValue).toArray());
    return new Taps(begin, begin + words.size() * (long) Long.BYTES);
  }

  /** Computes a position in the middle, whose values are near most others, and makes the sums zero. */
  private void near(int group, long source, long weights, long initial, long part) {
    int sample = group / shared.groups();
    int row = group % shared.groups() * shared.period();
    long code = GroupedCode.of(backward ? Kind.BACKWARD_NEAR : Kind.FORWARD_NEAR, s, false, false);
    long from = source + sample * maps.sample(backward) + rows.base(backward, row) * maps.row(backward);
    operation(code, from, part - columns.written(backward) / 2 * maps.position(), rows.taps(backward, row), weights, initial).with(Gather.ROWS, 1).with(Gather.FIRST, 0).with(Gather.END, maps.position())
        .with(Gather.LINES, 0);
    TileStrips.zero(job, Place.at(part + maps.position()), (MomentParts.ROWS - 1) * maps.position());
  }

  @Override
  public void close() {
    job.close();
  }
}
