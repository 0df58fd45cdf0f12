package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.tiles.DepthwiseArguments.Collect;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Block;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Tap;
import dev.cardinal.cpu.onednn.tiles.TileCode.Routine;
import dev.cardinal.cpu.onednn.tiles.TileJob.Add;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The gradient of a depthwise convolution's weights: one pass over both maps. Parts of the output's rows have sums of their own, which are added in order. */
public final class DepthwiseGradient implements AutoCloseable {
  private static final int PARTS_PER_THREAD = 8;
  /** Bytes between a block that is read and what is fetched. */
  private static final int AHEAD = 8192;
  private static final int ADDED_BYTES = 16 << 10;

  /** Blocks of a row, listed in native memory. */
  private record Blocks(long begin, long end) {}

  private final DepthwiseShape s;
  private final int threads;
  private final Axis rows;
  private final Axis columns;
  private final int parts;
  private final TileJob job = new TileJob();

  /** Plans. */
  public DepthwiseGradient(DepthwiseShape s, int threads) {
    this.s = s;
    this.threads = threads;
    this.rows = s.rows();
    this.columns = s.columns();
    this.parts = Math.min(all(), PARTS_PER_THREAD * threads);
  }

  /** Rows of the output of all samples. */
  private int all() {
    return s.samples() * rows.out();
  }

  private long gradientBytes() {
    return s.taps() * s.position();
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return parts * gradientBytes();
  }

  /**
   * Makes the launch.
   *
   * @param x the input, channels last
   * @param dy the output's gradient, channels last
   * @param dw where the gradient goes, {@code [channels, taps]}
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long x, long dy, Floats dw, long work) {
    Map<List<Tap>, Blocks> listed = new HashMap<>();
    for (int i = 0; i < parts; i++) {
      long target = work + i * gradientBytes();
      job.item();
      TileStrips.zero(job, Place.at(target), gradientBytes());
      int last = (int) ((long) all() * (i + 1) / parts);
      for (int row = (int) ((long) all() * i / parts); row < last;) {
        int sample = row / rows.out();
        int first = row % rows.out();
        List<Tap> taps = rows.taps(false, first);
        int end = first + 1;
        while (end < Math.min(rows.out(), last - sample * rows.out()) && rows.taps(false, end).equals(taps)) {
          end++;
        }
        operation(taps, first, end - first, x + sample * s.sample(false), dy + sample * s.sample(true), target, listed.computeIfAbsent(taps, this::blocks));
        row += end - first;
      }
    }
    job.afterAll();
    for (long at = 0; at < gradientBytes() && parts > 1; at += ADDED_BYTES) {
      job.item();
      for (int i = 1; i < parts; i++) {
        job.operation(Routine.ADD).with(Add.SOURCE, work + i * gradientBytes() + at).with(Add.TARGET, work + at).with(Add.BYTES, Math.min(ADDED_BYTES, gradientBytes() - at));
      }
    }
    Runnable pass = job.written(threads, 0, 0);
    Runnable turned = DepthwiseShape.turned(Floats.at(work, (long) s.taps() * s.channels()), s.taps(), s.channels(), dw);
    return () -> {
      pass.run();
      turned.run();
    };
  }

  private void operation(List<Tap> taps, int row, int count, long x, long dy, long target, Blocks blocks) {
    if (blocks.begin == blocks.end) {
      return;
    }
    long step = rows.stride() * s.row(false);
    long source = x + row * step;
    long gradient = dy + row * s.row(true);
    long block = DepthwiseRoutines.MOST_COLLECTED * s.position();
    job.operation(Routine.COLLECT).with(Collect.SOURCE, source).with(Collect.TARGET, target).with(Collect.GRADIENT, gradient).with(Collect.ROWS, count).with(Collect.BLOCKS, blocks.begin)
        .with(Collect.BLOCKS_END, blocks.end).with(Collect.SOURCE_STEP, step).with(Collect.GRADIENT_STEP, s.row(true)).with(Collect.TAP_ROW, rows.step() * s.row(false))
        .with(Collect.TAP_COLUMN, columns.step() * s.position()).with(Collect.SOURCE_COLUMN, columns.stride() * s.position()).with(Collect.BYTES, s.position())
        .with(Collect.FETCHED, source + taps.get(taps.size() - 1).place() * s.row(false) + columns.stride() * block + AHEAD).with(Collect.GRADIENT_FETCHED, gradient + block + AHEAD);
  }

  /** The blocks of a row with these taps: as many taps at a time as there are registers for; the lines of both maps that are new with the row are fetched evenly. */
  private Blocks blocks(List<Tap> down) {
    int most = DepthwiseRoutines.MOST_TAPS;
    List<long[]> all = new ArrayList<>();
    for (Block b : columns.blocks(false, DepthwiseRoutines.MOST_COLLECTED)) {
      for (int i = 0; i < down.size(); i += most) {
        for (int k = 0; k < b.taps().size(); k += most) {
          Tap row = down.get(i);
          Tap column = b.taps().get(k);
          int wide = Math.min(most, b.taps().size() - k);
          all.add(new long[] {DepthwiseRoutines.way(Math.min(most, down.size() - i), wide), b.count(), row.place() * s.row(false) + (b.base() + column.place()) * s.position(),
              b.first() * s.position(), ((long) row.tap() * columns.kernel() + column.tap()) * s.position(), (columns.kernel() - wide) * s.position(), 0, 0});
        }
      }
    }
    long[] words = new long[all.size() * DepthwiseRoutines.COLLECTED_WORDS];
    for (int i = 0; i < all.size(); i++) {
      long[] block = all.get(i);
      block[6] = share(rows.stride() * columns.size(), i, all.size());
      block[7] = share(columns.out(), i, all.size());
      System.arraycopy(block, 0, words, i * block.length, block.length);
    }
    long begin = job.table(words);
    return new Blocks(begin, begin + words.length * (long) Long.BYTES);
  }

  private static long share(int lines, int i, int of) {
    return (long) lines * (i + 1) / of - (long) lines * i / of;
  }

  @Override
  public void close() {
    job.close();
  }
}
