package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Across;
import dev.cardinal.cpu.onednn.tiles.TileJob.Ahead;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import dev.cardinal.cpu.onednn.tiles.TileJob.Product;
import dev.cardinal.cpu.onednn.tiles.TileJob.Split;
import dev.cardinal.cpu.onednn.tiles.TileStrips.Strip;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A convolution as products of tiles, without unfolding the input: for every tap of the window the rows of the product are the same memory, some positions further. Weights are split once a run; every thread
 * splits strips of the input into its own cache and multiplies them there.
 */
public final class TileConvolution implements AutoCloseable {
  /** Bytes of a strip, padded and split: a part of a core's cache of the second level, beside weights. */
  private static final long STRIP_BYTES = 1 << 20;
  /** Larger weights leave no room for two pieces of the input. */
  private static final long KEPT_WEIGHT_BYTES = 1 << 20;
  /** So that threads end at about the same time. */
  private static final int ITEMS_PER_THREAD = 8;
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
  private long coefficients;
  private long bits;

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
      long fitting = STRIP_BYTES / buffers() / ((long) s.in() * 2 * PARTS);
      positions = (int) Math.max(FEWEST_POSITIONS, Math.min(MOST_POSITIONS / buffers(), fitting)) / BLOCK * BLOCK;
    } else {
      int maps = s.hasStride() ? TilePhases.remainders(s).size() : 1;
      strips = new TileStrips(s, Math.max(FEWEST_POSITIONS, STRIP_BYTES / ((long) s.in() * (FLOAT + 2 * PARTS) * maps)), threads);
      // Odd, so that parts and blocks of places do not compete for the same places of a cache.
      positions = Math.max(strips.mostStored(), blocks(strips.mostResults()) * BLOCK + strips.reach()) | 1;
    }
  }

  /** Whether the sizes of a convolution fit to tiles. */
  public static boolean suits(TileShape s) {
    return (s.groups() == 1 || s.depth() > TileShape.DEPTH) && s.depth() % TileShape.DEPTH == 0 && s.out() / s.groups() % TileShape.HALF == 0 && (!s.isPointwise() || s.positions() >= BLOCK);
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
    return (long) s.taps() * s.depth() / TileShape.DEPTH * TileProducts.TILE;
  }

  private long splitBytes() {
    return (long) PARTS * depths() * positions * ROW_OF_BLOCK;
  }

  /** How many pieces of the input a thread has split: two where the next is split while one is multiplied, which pays as long as both leave room for weights in the cache. */
  private int buffers() {
    return s.isPointwise() && weightBytes() <= KEPT_WEIGHT_BYTES ? 2 : 1;
  }

  private long threadBytes() {
    long padded = strips == null ? 0 : (long) strips.mostStored() * s.in() * FLOAT;
    return (TileProducts.SCATTER_BYTES + buffers() * splitBytes() + padded + 4095) / 4096 * 4096;
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return weightBytes() + threads * threadBytes() + Scaling.bytes(s.in());
  }

  /** Whether the input can be normalised on the way. */
  public static boolean normalises(TileShape s) {
    return s.isPointwise();
  }

  /**
   * As {@link #bind(long, long, long, long, long, long)}, of what a normalisation makes of {@code source}.
   *
   * @param passed where it is kept where the normalised input is above 0 and below the most, as {@link TileNormalisation} keeps it
   */
  public Runnable bind(long source, Scaling scaling, long passed, long weights, long bias, long target, long sums, long work) {
    long rows = work + weightBytes() + threads * threadBytes();
    coefficients = rows;
    bits = passed;
    Runnable convolution = bind(source, weights, bias, target, sums, work);
    return () -> {
      scaling.write(rows, s.in());
      convolution.run();
    };
  }

  /**
   * Makes the launch.
   *
   * @param source the input, channels last
   * @param weights {@code [taps, out, depth]}, or if mirrored {@code [taps, depth, out]}
   * @param bias {@code [out]}, or 0
   * @param target the output, channels last
   * @param sums memory of {@link #moments}, or 0 where they are not wanted
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long source, long weights, long bias, long target, long sums, long work) {
    splitWeights(weights, work);
    job.afterAll();
    if (strips == null) {
      rows(source, bias, target, sums, work);
    } else {
      List<Window> windows = windows();
      Map<List<Integer>, Long> places = new HashMap<>();
      for (Strip p : strips.all()) {
        strip(p, windows, places, source, bias, target, work);
      }
    }
    return job.written(threads, work + weightBytes(), threadBytes());
  }

  /**
   * What computes results from all taps, or with a stride between results from those that meet some of them.
   *
   * @param phase the results, {@code null} if all
   * @param first tap, in the order in which weights are split
   * @param taps how many
   * @param shifts table of their distances
   */
  private record Window(TilePhases.Phase phase, int first, int taps, long shifts) {}

  private List<Window> windows() {
    if (s.isDense()) {
      return List.of(new Window(null, 0, s.taps(), table(IntStream.range(0, s.taps()).map(t -> strips.shift(mirrored ? s.taps() - 1 - t : t)))));
    }
    List<Window> windows = new ArrayList<>();
    int first = 0;
    for (TilePhases.Phase p : TilePhases.of(s.strided())) {
      windows.add(new Window(p, first, p.taps().length, table(IntStream.range(0, p.taps().length).map(i -> strips.shift(p.rows()[i] + s.top(), p.columns()[i] + s.left())))));
      first += p.taps().length;
    }
    return windows;
  }

  private long table(IntStream shifts) {
    return job.table(shifts.mapToLong(shift -> (long) shift * ROW_OF_BLOCK).toArray());
  }

  /** The order in which the weights of taps are split. */
  private int[] order() {
    return s.isDense() ? IntStream.range(0, s.taps()).toArray() : TilePhases.of(s.strided()).stream().flatMapToInt(p -> IntStream.of(p.taps())).toArray();
  }

  private void splitWeights(long weights, long to) {
    int depth = s.depth() / TileShape.DEPTH;
    if (!mirrored) {
      long across = (long) s.depth() * FLOAT;
      for (int n = 0; n < s.taps() * s.out() / TileShape.HALF; n++) {
        int tap = n / (s.out() / TileShape.HALF);
        int outputs = n % (s.out() / TileShape.HALF);
        job.item();
        job.operation(TileCode.Routine.ACROSS).with(Across.SOURCE, weights + n * TileShape.HALF * across).with(Across.TARGET, to + outputs * PARTS * weightPart() + (long) tap * depth * TileProducts.TILE)
            .with(Across.SLABS, 1).with(Across.BLOCKS, depth).with(Across.ROW_STEP, across).with(Across.SECOND, (long) TileShape.HALF * FLOAT).with(Across.SOURCE_BLOCK_STEP, BLOCK_BYTES)
            .with(Across.TARGET_STEP, ROW_OF_BLOCK).with(Across.TARGET_BLOCK_STEP, TileProducts.TILE).with(Across.PART_STEP, weightPart());
      }
      return;
    }
    // Row by row, as they lie in memory.
    long row = (long) s.out() * FLOAT;
    int[] order = order();
    for (int n = 0; n < s.taps() * depth; n++) {
      job.item();
      job.operation(TileCode.Routine.SPLIT).with(Split.SOURCE, weights + (order[n / depth] * depth + n % depth) * TileShape.DEPTH * row).with(Split.TARGET, to + (long) n * TileProducts.TILE).with(Split.SLABS, 1)
          .with(Split.ROWS, TileShape.HALF).with(Split.BLOCKS, s.out() / TileShape.HALF).with(Split.SECOND, TileShape.HALF * row).with(Split.SOURCE_STEP, row)
          .with(Split.TARGET_STEP, ROW_OF_BLOCK).with(Split.SOURCE_BLOCK_STEP, (long) TileShape.HALF * FLOAT).with(Split.TARGET_BLOCK_STEP, PARTS * weightPart()).with(Split.PART_STEP, weightPart());
    }
  }

  private int items() {
    int count = blocks(Math.toIntExact(s.positions()));
    int pieces = (count + positions / BLOCK - 1) / (positions / BLOCK);
    int items = buffers() == 1 ? pieces : Math.min(pieces, threads * ITEMS_PER_THREAD);
    // The last of several can be moved back to end with the rows.
    int fewest = s.positions() % BLOCK == 0 ? threads : Math.max(2, threads);
    return Math.min(count, (items + fewest - 1) / fewest * fewest);
  }

  /** The first row of an item, were the last one not moved back. */
  private long first(int item) {
    return (long) blocks(Math.toIntExact(s.positions())) * item / items() * BLOCK;
  }

  /** The sums over the output's rows that this can give on the way, or {@code null}. */
  public MomentParts moments() {
    boolean once = s.isPointwise() && s.positions() % BLOCK == 0 && least == Float.NEGATIVE_INFINITY && most == Float.POSITIVE_INFINITY;
    return once ? new MomentParts(LongStream.rangeClosed(0, items()).map(i -> first((int) i)).toArray(), s.out()) : null;
  }

  /** Items of rows where all positions are in one line; the last block is moved back to end with the rows, and gives some results a second time. */
  private void rows(long source, long bias, long target, long sums, long work) {
    int all = Math.toIntExact(s.positions());
    int items = items();
    Window window = new Window(null, 0, 1, job.table(new long[1]));
    int slices = s.depth() / TileShape.DEPTH * TileProducts.SLICES;
    for (int i = 0; i < items; i++) {
      int rows = Math.toIntExact(first(i + 1) - first(i));
      int first = Math.toIntExact(Math.min(first(i), all - rows));
      job.item();
      long own = sums + i * (long) s.out() * MomentParts.ROWS * FLOAT;
      int pieces = (rows + positions - 1) / positions;
      for (int p = 0; p < pieces; p++) {
        int begin = first + piece(rows, p, pieces);
        int count = first + piece(rows, p + 1, pieces) - begin;
        Place split = Place.own(TileProducts.SCATTER_BYTES + p % 2 * splitBytes());
        if (p == 0) {
          TileJob.Operation o = split(Place.at(source + (long) begin * s.in() * FLOAT), split, count);
          o.with(Split.COEFFICIENTS, coefficients).with(Split.COEFFICIENT_STEP, Scaling.rowBytes(s.in())).with(Split.MASK, bits + (long) begin * s.in() / Byte.SIZE);
        }
        long to = target + (long) begin * s.out() * FLOAT;
        for (int column = 0; column < s.out(); column += columnsAt(column)) {
          TileCode.Routine r = TileCode.Routine.streamed(sums != 0, isBroad(column), coefficients != 0);
          TileJob.Operation o = product(column, r, split, window, count / BLOCK, bias, work).with(Product.A_STEP, (long) BLOCK * ROW_OF_BLOCK).with(Product.TARGET, to + (long) column * FLOAT)
              .with(Product.TARGET_ROW, (long) s.out() * FLOAT).with(Product.TARGET_ROW_STEP, (long) BLOCK * s.out() * FLOAT).with(Product.SUMS, own + (long) column * FLOAT)
              .with(Product.SUMS_STEP, (long) s.out() * FLOAT).with(Product.SLICE, (BLOCK + slices - 1) / slices).with(Product.FRESH, p == 0 ? count / BLOCK : 0);
          if (column == 0 && p + 1 < pieces) {
            int next = piece(rows, p + 2, pieces) - piece(rows, p + 1, pieces);
            ahead(o, source + ((long) begin + count) * s.in() * FLOAT, TileProducts.SCATTER_BYTES + (p + 1) % 2 * splitBytes(), (long) next * depths(),
                (long) count / BLOCK * Math.max(1, columnsAt(column) / BLOCK) * slices);
            o.with(Ahead.COEFFICIENTS, coefficients).with(Ahead.COEFFICIENT_STEP, Scaling.rowBytes(s.in())).with(Ahead.MASK, bits + ((long) begin + count) * s.in() / Byte.SIZE);
          }
        }
        limit(to, count);
      }
    }
  }

  /** The first row of a piece of an item's rows. */
  private static int piece(int rows, int piece, int of) {
    return (int) ((long) (rows / BLOCK) * piece / of) * BLOCK;
  }

  /** Pairs of vectors to split in so many slices. */
  private void ahead(TileJob.Operation o, long from, long to, long pairs, long slices) {
    o.with(Ahead.SOURCE, from).with(Ahead.TARGET, to).with(Ahead.PAIRS, pairs).with(Ahead.SLICE, (pairs + slices - 1) / slices).with(Ahead.BLOCKS, depths())
        .with(Ahead.BLOCK_STEP, (long) positions * ROW_OF_BLOCK).with(Ahead.PART_STEP, (long) depths() * positions * ROW_OF_BLOCK);
  }

  private long table(long[] places) {
    return job.table(LongStream.of(places).map(p -> p * s.out() * FLOAT).toArray());
  }

  private void strip(Strip p, List<Window> windows, Map<List<Integer>, Long> tables, long source, long bias, long target, long work) {
    job.item();
    Place split = Place.own(TileProducts.SCATTER_BYTES);
    Place padded = split.plus(splitBytes());
    if (s.hasPadding() || s.hasStride() || s.kernelRows() * s.kernelColumns() > 1) {
      strips.pad(job, p, source, s.in() * FLOAT, padded);
      split(padded, split, strips.stored(p));
    } else {
      split(Place.at(source + strips.place(p) * s.in() * FLOAT), split, strips.stored(p));
    }
    int count = blocks(strips.results(p)) * BLOCK;
    if (s.isDense()) {
      long places = tables.computeIfAbsent(List.of(p.samples(), p.rows()), k -> table(strips.places(p, count)));
      long to = target + strips.place(p) * s.out() * FLOAT;
      window(p, windows.get(0), split, places, bias, to, work);
      limit(to, (long) p.samples() * p.rows() * s.outWidth());
      return;
    }
    long to = target + strips.spreadPlace(p) * s.out() * FLOAT;
    if (windows.stream().anyMatch(w -> w.taps == 0)) {
      TileStrips.zero(job, Place.at(to), strips.spread(p) * s.out() * FLOAT);
    }
    for (Window w : windows) {
      long[] places = w.taps == 0 ? null : strips.spreadPlaces(p, w.phase, count);
      if (places != null) {
        boolean last = p.row() + p.rows() == s.outHeight();
        window(p, w, split, tables.computeIfAbsent(List.of(p.samples(), p.rows(), last ? 1 : 0, w.first), k -> table(places)), bias, to, work);
      }
    }
  }

  /** From the last block to the first, so that what goes to the place of an earlier result is written before it. */
  private void window(Strip p, Window w, Place split, long places, long bias, long to, long work) {
    int last = blocks(strips.results(p)) - 1;
    for (int column = 0; column < s.out(); column += columnsAt(column)) {
      TileCode.Routine r = isBroad(column) ? TileCode.Routine.SCATTERED_2 : TileCode.Routine.SCATTERED_1;
      product(column, r, split.plus((long) last * BLOCK * ROW_OF_BLOCK), w, last + 1, bias, work).with(Product.A_STEP, -(long) BLOCK * ROW_OF_BLOCK)
          .with(Product.TARGET, to + (long) column * FLOAT).with(Product.PLACES, places + (long) last * BLOCK * Long.BYTES).with(Product.TARGET_ROW_STEP, -(long) BLOCK * Long.BYTES);
    }
  }

  private TileJob.Operation split(Place from, Place to, int rows) {
    return job.operation(coefficients == 0 ? TileCode.Routine.SPLIT : TileCode.Routine.SPLIT_RECTIFIED).with(Split.SOURCE, from).with(Split.TARGET, to).with(Split.SLABS, 1).with(Split.ROWS, rows).with(Split.BLOCKS, depths())
        .with(Split.SECOND, (long) TileShape.HALF * FLOAT).with(Split.SOURCE_STEP, (long) s.in() * FLOAT).with(Split.TARGET_STEP, ROW_OF_BLOCK)
        .with(Split.SOURCE_BLOCK_STEP, BLOCK_BYTES).with(Split.TARGET_BLOCK_STEP, (long) positions * ROW_OF_BLOCK).with(Split.PART_STEP, (long) depths() * positions * ROW_OF_BLOCK);
  }

  /** Whether a whole block of columns is left in the group of a column. */
  private boolean isBroad(int column) {
    int group = s.out() / s.groups();
    return group - column % group >= BLOCK;
  }

  /** How many columns one product takes from a column on: all whole blocks of the group, or the half block at its end. */
  private int columnsAt(int column) {
    int group = s.out() / s.groups();
    return isBroad(column) ? (group - column % group) / BLOCK * BLOCK : TileShape.HALF;
  }

  private TileJob.Operation product(int column, TileCode.Routine routine, Place split, Window w, int blocks, long bias, long work) {
    int group = column / (s.out() / s.groups());
    long block = (long) positions * ROW_OF_BLOCK;
    int depth = s.depth() / TileShape.DEPTH;
    return job.operation(routine).with(Product.A, split.plus(group * depth * block)).with(Product.A_PART, depths() * block).with(Product.A_BLOCK, block)
        .with(Product.A_ROW, ROW_OF_BLOCK).with(Product.SHIFTS, w.shifts).with(Product.SHIFT_COUNT, w.taps).with(Product.BLOCKS, depth)
        .with(Product.B, work + column / TileShape.HALF * PARTS * weightPart() + (long) w.first * depth * TileProducts.TILE).with(Product.B_PART, weightPart()).with(Product.B_HALF, PARTS * weightPart())
        .with(Product.B_STEP, 2L * PARTS * weightPart()).with(Product.TARGET_COLUMN_STEP, BLOCK_BYTES).with(Product.INITIAL, bias == 0 ? job.zeros() : bias + (long) column * FLOAT)
        .with(Product.INITIAL_COLUMN_STEP, bias == 0 ? 0 : BLOCK_BYTES).with(Product.ROWS, blocks).with(Product.COLUMNS, Math.max(1, columnsAt(column) / BLOCK));
  }

  private void limit(long target, long rows) {
    if (least == Float.NEGATIVE_INFINITY && most == Float.POSITIVE_INFINITY) {
      return;
    }
    job.operation(TileCode.Routine.LIMIT).with(TileJob.Limit.TARGET, target).with(TileJob.Limit.ROWS, rows).with(TileJob.Limit.BYTES, (long) s.out() * FLOAT)
        .with(TileJob.Limit.LEAST, least).with(TileJob.Limit.MOST, most);
  }

  @Override
  public void close() {
    job.close();
  }
}
