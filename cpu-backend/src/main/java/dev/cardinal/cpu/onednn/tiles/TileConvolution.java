package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import dev.cardinal.cpu.onednn.tiles.TileJob.Product;
import dev.cardinal.cpu.onednn.tiles.TileJob.Split;
import dev.cardinal.cpu.onednn.tiles.TileStrips.Strip;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A convolution as products of tiles, without unfolding the input: for every tap of the window the rows of the product are the same memory, some positions further. Weights are split once a run; every thread
 * splits strips of the input into its own cache and multiplies them there.
 */
public final class TileConvolution implements AutoCloseable {
  /** Bytes of a strip, padded and split: a part of a core's cache of the second level, beside weights. */
  private static final long STRIP_BYTES = 1 << 20;
  private static final int FEWEST_POSITIONS = 64;
  private static final int MOST_POSITIONS = 512;
  private static final int BLOCK = 32;
  private static final int PARTS = 3;
  private static final int FLOAT = Float.BYTES;
  private static final int ROW_OF_BLOCK = 64;
  private static final int BLOCK_BYTES = BLOCK * FLOAT;

  private final TileShape s;
  private final int threads;
  private final boolean mirrored;
  private final float least;
  private final float most;
  private final TileStrips strips;
  private final int positions;
  private final TileJob job = new TileJob();

  /**
   * Plans.
   *
   * @param mirrored whether taps are in the order of the convolution whose input's gradient this gives
   * @param least limit of what is written
   * @param most limit of what is written
   */
  public TileConvolution(TileShape s, int threads, boolean mirrored, float least, float most) {
    this.s = s;
    this.threads = threads;
    this.mirrored = mirrored;
    this.least = least;
    this.most = most;
    if (s.isPointwise()) {
      strips = null;
      long fitting = STRIP_BYTES / ((long) s.in() * 2 * PARTS);
      positions = (int) Math.max(FEWEST_POSITIONS, Math.min(MOST_POSITIONS, fitting)) / BLOCK * BLOCK;
    } else {
      strips = new TileStrips(s, Math.max(FEWEST_POSITIONS, STRIP_BYTES / ((long) s.in() * (FLOAT + 2 * PARTS))), threads);
      positions = Math.max(strips.mostStored(), blocks(strips.mostResults()) * BLOCK + s.reach()) | 1;
    }
  }

  /** Whether the sizes of a convolution fit to tiles. */
  public static boolean suits(TileShape s) {
    return s.in() % TileShape.DEPTH == 0 && s.out() % TileShape.HALF == 0 && (!s.isPointwise() || s.positions() >= BLOCK);
  }

  private static int blocks(int rows) {
    return (rows + BLOCK - 1) / BLOCK;
  }

  private int depths() {
    return s.in() / TileShape.DEPTH;
  }

  private long weightBytes() {
    return s.out() / TileShape.HALF * PARTS * weightPart();
  }

  /** Bytes of a part of the weights for 16 outputs. */
  private long weightPart() {
    return (long) s.taps() * depths() * TileProducts.TILE;
  }

  private long splitBytes() {
    return (long) PARTS * depths() * positions * ROW_OF_BLOCK;
  }

  private long threadBytes() {
    long padded = strips == null ? 0 : (long) strips.mostStored() * s.in() * FLOAT;
    return (TileProducts.SCATTER_BYTES + splitBytes() + padded + 4095) / 4096 * 4096;
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return weightBytes() + threads * threadBytes();
  }

  /**
   * Makes the launch.
   *
   * @param source the input, channels last
   * @param weights {@code [taps, in, out]}
   * @param bias {@code [out]}, or 0
   * @param target the output, channels last
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long source, long weights, long bias, long target, long work) {
    splitWeights(weights, work);
    job.afterAll();
    if (strips == null) {
      rows(source, bias, target, work);
    } else {
      long[] shifts = new long[s.taps()];
      for (int t = 0; t < shifts.length; t++) {
        shifts[t] = (long) s.shift(mirrored ? s.taps() - 1 - t : t) * ROW_OF_BLOCK;
      }
      long table = job.table(shifts);
      Map<List<Integer>, Long> places = new HashMap<>();
      for (Strip p : strips.all()) {
        long like = places.computeIfAbsent(List.of(p.samples(), p.rows()), k -> places(p));
        strip(p, table, like, source, bias, target, work);
      }
    }
    return job.written(threads, work + weightBytes(), threadBytes());
  }

  private void splitWeights(long weights, long to) {
    long row = (long) s.out() * FLOAT;
    for (int n = 0; n < s.out() / TileShape.HALF; n++) {
      job.item();
      job.operation(TileCode.Routine.SPLIT).with(Split.SOURCE, weights + (long) n * TileShape.HALF * FLOAT).with(Split.TARGET, to + n * PARTS * weightPart()).with(Split.SLABS, 1)
          .with(Split.ROWS, TileShape.HALF).with(Split.BLOCKS, (long) s.taps() * depths()).with(Split.SECOND, TileShape.HALF * row).with(Split.SOURCE_STEP, row)
          .with(Split.TARGET_STEP, ROW_OF_BLOCK).with(Split.SOURCE_BLOCK_STEP, TileShape.DEPTH * row).with(Split.TARGET_BLOCK_STEP, TileProducts.TILE).with(Split.PART_STEP, weightPart());
    }
  }

  /** Items of rows where all positions are in one line; the last block is moved back to end with the rows, and gives some results a second time. */
  private void rows(long source, long bias, long target, long work) {
    int all = Math.toIntExact(s.positions());
    int count = blocks(all);
    int items = (count + positions / BLOCK - 1) / (positions / BLOCK);
    items = Math.min(count, (items + threads - 1) / threads * threads);
    long table = job.table(new long[1]);
    for (int i = 0; i < items; i++) {
      int rows = (count * (i + 1) / items - count * i / items) * BLOCK;
      int first = Math.min(count * i / items * BLOCK, all - rows);
      job.item();
      Place split = Place.own(TileProducts.SCATTER_BYTES);
      split(Place.at(source + (long) first * s.in() * FLOAT), split, rows);
      long to = target + (long) first * s.out() * FLOAT;
      for (boolean broad : new boolean[] {true, false}) {
        TileJob.Operation o = product(broad, broad ? TileCode.Routine.STREAMED_2 : TileCode.Routine.STREAMED_1, split, table, rows / BLOCK, bias, work);
        if (o != null) {
          o.with(Product.TARGET, to + (broad ? 0 : rest())).with(Product.TARGET_ROW, (long) s.out() * FLOAT).with(Product.TARGET_ROW_STEP, (long) BLOCK * s.out() * FLOAT)
              .with(Product.TARGET_COLUMN_STEP, BLOCK_BYTES);
        }
      }
      limit(to, rows);
    }
  }

  private long places(Strip p) {
    long[] places = strips.places(p, blocks(strips.results(p)) * BLOCK);
    for (int i = 0; i < places.length; i++) {
      places[i] *= (long) s.out() * FLOAT;
    }
    return job.table(places);
  }

  /** From the last block to the first, so that what goes to the place of an earlier result is written before it. */
  private void strip(Strip p, long shifts, long places, long source, long bias, long target, long work) {
    int last = blocks(strips.results(p)) - 1;
    job.item();
    Place split = Place.own(TileProducts.SCATTER_BYTES);
    Place padded = split.plus(splitBytes());
    strips.pad(job, p, source, s.in() * FLOAT, padded);
    split(padded, split, strips.stored(p));
    long to = target + strips.place(p) * s.out() * FLOAT;
    for (boolean broad : new boolean[] {true, false}) {
      TileCode.Routine r = broad ? TileCode.Routine.SCATTERED_2 : TileCode.Routine.SCATTERED_1;
      TileJob.Operation o = product(broad, r, split.plus((long) last * BLOCK * ROW_OF_BLOCK), shifts, last + 1, bias, work);
      if (o != null) {
        o.with(Product.A_STEP, -(long) BLOCK * ROW_OF_BLOCK).with(Product.TARGET, to + (broad ? 0 : rest())).with(Product.PLACES, places + (long) last * BLOCK * Long.BYTES)
            .with(Product.TARGET_ROW_STEP, -(long) BLOCK * Long.BYTES).with(Product.TARGET_COLUMN_STEP, BLOCK_BYTES);
      }
    }
    limit(to, (long) p.samples() * p.rows() * s.outWidth());
  }

  /** Bytes from the first column to the half block at the end. */
  private long rest() {
    return (long) s.out() / BLOCK * BLOCK_BYTES;
  }

  private void split(Place from, Place to, int rows) {
    job.operation(TileCode.Routine.SPLIT).with(Split.SOURCE, from).with(Split.TARGET, to).with(Split.SLABS, 1).with(Split.ROWS, rows).with(Split.BLOCKS, depths())
        .with(Split.SECOND, (long) TileShape.HALF * FLOAT).with(Split.SOURCE_STEP, (long) s.in() * FLOAT).with(Split.TARGET_STEP, ROW_OF_BLOCK)
        .with(Split.SOURCE_BLOCK_STEP, BLOCK_BYTES).with(Split.TARGET_BLOCK_STEP, (long) positions * ROW_OF_BLOCK).with(Split.PART_STEP, (long) depths() * positions * ROW_OF_BLOCK);
  }

  /** The product over all full blocks of columns, or over the half block at the end; {@code null} if there is none. */
  private TileJob.Operation product(boolean broad, TileCode.Routine routine, Place split, long shifts, int blocks, long bias, long work) {
    int full = s.out() / BLOCK;
    int columns = broad ? full : s.out() % BLOCK / TileShape.HALF;
    if (columns == 0) {
      return null;
    }
    return job.operation(routine).with(Product.A, split).with(Product.A_PART, (long) depths() * positions * ROW_OF_BLOCK).with(Product.A_BLOCK, (long) positions * ROW_OF_BLOCK)
        .with(Product.A_ROW, ROW_OF_BLOCK).with(Product.A_STEP, (long) BLOCK * ROW_OF_BLOCK).with(Product.SHIFTS, shifts).with(Product.SHIFT_COUNT, s.taps()).with(Product.BLOCKS, depths())
        .with(Product.B, work + (broad ? 0 : 2L * full * PARTS * weightPart())).with(Product.B_PART, weightPart()).with(Product.B_HALF, PARTS * weightPart()).with(Product.B_STEP, 2L * PARTS * weightPart()).with(Product.INITIAL, bias == 0 ? job.zeros() : bias + (broad ? 0 : rest()))
        .with(Product.INITIAL_COLUMN_STEP, bias == 0 ? 0 : BLOCK_BYTES).with(Product.ROWS, blocks).with(Product.COLUMNS, columns);
  }

  private void limit(long target, long rows) {
    if (least == Float.NEGATIVE_INFINITY && most == Float.POSITIVE_INFINITY) {
      return;
    }
    job.operation(TileCode.Routine.LIMIT).with(TileJob.Limit.TARGET, target).with(TileJob.Limit.ROWS, rows).with(TileJob.Limit.BYTES, (long) s.out() * FLOAT)
        .with(TileJob.Limit.STEP, (long) s.out() * FLOAT).with(TileJob.Limit.LEAST, least).with(TileJob.Limit.MOST, most);
  }

  @Override
  public void close() {
    job.close();
  }
}
