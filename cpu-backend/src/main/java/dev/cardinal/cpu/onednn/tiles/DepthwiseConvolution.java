package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.DepthwiseArguments.Gather;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Block;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Tap;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A depthwise convolution, or the gradient of its input: one pass over both maps. Padding is not copied: places at the borders have fewer taps. A convolution has a group of one row for each row of its output, the
 * gradient groups of as many rows as the stride is large, each with taps of its own.
 */
public final class DepthwiseConvolution implements AutoCloseable {
  private static final int ITEMS_PER_THREAD = 4;
  /** Larger results go past the caches; gradients only from more bytes on, because the memory that they take was often read just before. */
  private static final long STREAMED_BYTES = 4 << 20;
  private static final long STREAMED_GRADIENT_BYTES = 16 << 20;
  /** Bytes between a block that is read and what is fetched. */
  private static final int AHEAD = 8192;

  /** What is listed in native memory. */
  private record Blocks(long begin, long end) {}

  private final DepthwiseShape s;
  private final int threads;
  private final boolean backward;
  private final float least;
  private final float most;
  private final Axis rows;
  private final Axis columns;
  private final RowGroups shared;
  private final TileJob job = new TileJob();
  private final Map<List<Long>, Long> tables = new HashMap<>();
  private final Map<List<List<Tap>>, Blocks> listed = new HashMap<>();

  /**
   * Plans.
   *
   * @param backward whether this gives the gradient of the input out of the output's
   * @param least limit of what is written
   * @param most limit of what is written
   */
  public DepthwiseConvolution(DepthwiseShape s, int threads, boolean backward, float least, float most) {
    this.s = s;
    this.threads = threads;
    this.backward = backward;
    this.least = least;
    this.most = most;
    this.rows = s.rows();
    this.columns = s.columns();
    this.shared = RowGroups.of(s, backward, threads);
  }

  /** The sums over the result's positions that this can give on the way. */
  public MomentParts moments() {
    return shared.moments(s);
  }

  /** Memory that a run needs beside its operands: the weights with their channels last. */
  public long workBytes() {
    return s.taps() * s.position();
  }

  /**
   * Makes the launch.
   *
   * @param source the input, or the output's gradient, channels last
   * @param weights {@code [channels, taps]}
   * @param bias {@code [channels]}, or 0
   * @param target the output, or the input's gradient, channels last
   * @param sums memory of {@link #moments}, or 0 where they are not wanted
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long source, Floats weights, long bias, long target, long sums, long work) {
    long initial = bias == 0 ? job.table(new long[s.channels() / 2]) : bias;
    boolean streamed = s.samples() * s.sample(!backward) > (backward ? STREAMED_GRADIENT_BYTES : STREAMED_BYTES);
    Routine all = sums == 0 ? streamed ? Routine.STREAMED_GATHER : Routine.GATHER : streamed ? Routine.STREAMED_SUMMED_GATHER : Routine.SUMMED_GATHER;
    for (int i = 0; i < shared.items(); i++) {
      job.item();
      long part = sums == 0 ? 0 : sums + i * (long) MomentParts.ROWS * s.position();
      if (sums != 0) {
        near((shared.first(i) + shared.first(i + 1)) / 2, source, work, initial, part);
      }
      for (int g = shared.first(i); g < shared.first(i + 1);) {
        List<List<Tap>> taps = taps(g);
        int end = g + 1;
        while (end < Math.min(shared.first(i + 1), (g / shared.groups() + 1) * shared.groups()) && taps(end).equals(taps)) {
          end++;
        }
        operation(all, g, end - g, source, target + shared.row(g) * s.row(!backward), initial, listed.computeIfAbsent(taps, t -> blocks(t, work))).with(Gather.SUMS, part);
        g = end;
      }
    }
    Runnable turned = DepthwiseShape.turned(weights, s.channels(), s.taps(), Floats.at(work, (long) s.channels() * s.taps()));
    tables.clear();
    listed.clear();
    Runnable pass = job.written(threads, 0, 0);
    return () -> {
      turned.run();
      pass.run();
    };
  }

  /** The taps of a group's rows. */
  private List<List<Tap>> taps(int group) {
    List<List<Tap>> taps = new ArrayList<>();
    int first = group % shared.groups() * shared.period();
    for (int row = first; row < Math.min(rows.written(backward), first + shared.period()); row++) {
      taps.add(rows.taps(backward, row));
    }
    return taps;
  }

  /** Computes a position in the middle, whose values are near most others, and makes the sums zero. */
  private void near(int group, long source, long weights, long initial, long part) {
    int column = columns.written(backward) / 2;
    List<Long> words = new ArrayList<>();
    block(words, taps(group).get(0), new Block(0, columns.base(backward, column), 1, columns.taps(backward, column)), 0, weights, 0);
    operation(Routine.GATHER, group, 1, source, part, initial, listed(words));
    TileStrips.zero(job, Place.at(part + s.position()), (MomentParts.ROWS - 1) * s.position());
  }

  private TileJob.Operation operation(Routine r, int group, int count, long source, long target, long initial, Blocks blocks) {
    long step = rows.base(backward, shared.period()) * s.row(backward);
    long column = columns.base(backward, columns.period(backward)) * s.position();
    long from = source + group / shared.groups() * s.sample(backward) + group % shared.groups() * step;
    int reach = taps(group).stream().flatMap(List::stream).mapToInt(Tap::place).max().orElse(0);
    return job.operation(r).with(Gather.SOURCE, from).with(Gather.TARGET, target).with(Gather.GROUPS, count).with(Gather.BLOCKS, blocks.begin).with(Gather.BLOCKS_END, blocks.end)
        .with(Gather.SOURCE_STEP, step).with(Gather.TARGET_STEP, shared.period() * s.row(!backward)).with(Gather.SOURCE_COLUMN, column)
        .with(Gather.TARGET_COLUMN, columns.period(backward) * s.position()).with(Gather.BYTES, s.position()).with(Gather.INITIAL, initial).with(Gather.LEAST, least).with(Gather.MOST, most)
        .with(Gather.FETCHED, from + reach * s.row(backward) + DepthwiseRoutines.MOST_COLUMNS * column + AHEAD);
  }

  /** The blocks of rows with these taps; the lines of the source that are new with the group are fetched evenly. */
  private Blocks blocks(List<List<Tap>> taps, long weights) {
    List<Block> across = columns.blocks(backward, DepthwiseRoutines.MOST_COLUMNS);
    int lines = rows.base(backward, shared.period()) * (backward ? columns.out() : columns.size());
    int count = taps.size() * across.size();
    List<Long> words = new ArrayList<>();
    int i = 0;
    for (int row = 0; row < taps.size(); row++) {
      for (Block b : across) {
        block(words, taps.get(row), b, row * s.row(!backward) + b.first() * s.position(), weights, (long) lines * (i + 1) / count - (long) lines * i / count);
        i++;
      }
    }
    return listed(words);
  }

  private void block(List<Long> words, List<Tap> down, Block b, long target, long weights, long lines) {
    List<Long> taps = new ArrayList<>();
    for (Tap r : down) {
      for (Tap c : b.taps()) {
        taps.add(r.place() * s.row(backward) + c.place() * s.position());
        taps.add(weights + ((long) r.tap() * columns.kernel() + c.tap()) * s.position());
      }
    }
    Blocks at = listed(taps);
    words.addAll(List.of((long) b.count(), b.base() * s.position(), target, at.begin, at.end, lines));
  }

  /** Numbers in native memory, once. */
  private Blocks listed(List<Long> words) {
    long begin = tables.computeIfAbsent(words, w -> job.table(w.stream().mapToLong(Long::longValue).toArray()));
    return new Blocks(begin, begin + words.size() * (long) Long.BYTES);
  }

  @Override
  public void close() {
    job.close();
  }
}
