package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Across;
import dev.cardinal.cpu.onednn.tiles.TileJob.Place;
import dev.cardinal.cpu.onednn.tiles.TileJob.Product;
import dev.cardinal.cpu.onednn.tiles.TileJob.Split;
import dev.cardinal.cpu.onednn.tiles.TileStrips.Strip;

/**
 * The gradient of a convolution's weights as products of tiles, sums over positions. Every thread goes through strips of both maps, splits its part of their channels, those of the output's gradient transposed,
 * and adds to its part of the gradient: see {@link TileDivision}.
 *
 * <p>For every tap of the window the split input is the same memory, some positions further. Words lie in pairs of neighbouring positions, so where there are several taps the input is split twice, into pairs that
 * begin at even positions and at odd ones.
 */
public final class TileGradient implements AutoCloseable {
  /** Bytes of a strip's maps and their parts: what a core's own cache holds beside blocks of the gradient. */
  private static final long STRIP_BYTES = 1280 << 10;
  /** Positions of a strip of maps that need no copies, and how large a gradient is that the cache keeps beside a short one's parts. */
  private static final int SHORT_STRIP = 128;
  private static final int LONG_STRIP = 640;
  private static final long KEPT_GRADIENT_BYTES = 1 << 20;
  /** Multiply-adds of a strip, without which its beginning and end count. */
  private static final long FEWEST_PRODUCTS = 2 << 20;
  /** With fewer, blocks of the gradient would be read and written more than they are added to. */
  private static final int FEWEST_POSITIONS = 256;
  private static final int MOST_POSITIONS = 1536;
  /** Bytes of the blocks that a product goes through again for every column. */
  private static final long GROUP_BYTES = 640 << 10;
  private static final int ADDED_BYTES = 64 << 10;
  private static final int BLOCK = 32;
  private static final int HALF = TileShape.HALF;
  private static final int PARTS = 3;
  private static final int FLOAT = Float.BYTES;
  private static final int ROW_OF_BLOCK = 64;
  private static final int WORD = 2;

  /** Some channels, by blocks of 32. */
  private record Range(int block, int count, int channels) {
    static Range of(int channels, int i, int of) {
      int all = TileGradient.blocks(channels);
      int first = all * i / of;
      int end = all * (i + 1) / of;
      return new Range(first, end - first, Math.min(channels, end * BLOCK) - first * BLOCK);
    }

    long offset() {
      return (long) block * BLOCK * FLOAT;
    }
  }

  private final TileShape s;
  private final int threads;
  private final TileDivision division;
  private final TileStrips strips;
  private final int depth;
  private final int reach;
  private final TileJob job = new TileJob();
  private long shifts;
  private long coefficients;

  /** Plans. */
  public TileGradient(TileShape s, int threads) {
    this.s = s;
    this.threads = threads;
    TileDivision wanted = s.groups() > 1 ? new TileDivision(threads, 1, 1) : TileDivision.of(threads, s.positions(), s.taps(), blocks(s.out()), blocks(s.in()));
    this.strips = new TileStrips(s, s.isPointwise() ? even(wanted) : fitting(wanted), 1);
    this.division = new TileDivision(Math.min(wanted.parts(), strips.all().size()), wanted.rows(), wanted.columns());
    this.depth = blocks(strips.mostResults());
    this.reach = s.isPointwise() ? 0 : blocks(Math.max(strips.reach(), strips.mostStored() - strips.mostResults()));
  }

  /** Positions of a strip that has copies of both maps beside their parts. */
  private long fitting(TileDivision d) {
    long in = (long) s.in() * (s.hasStride() ? TilePhases.remainders(s).size() : 1);
    long perPosition = (long) PARTS * WORD * (s.out() / d.rows() + versions() * in / d.columns()) + FLOAT * (in + s.out());
    long fitting = Math.max(FEWEST_POSITIONS, Math.min(MOST_POSITIONS, STRIP_BYTES / perPosition)) / BLOCK * BLOCK;
    return Math.max(BLOCK, Math.min(fitting, s.positions() / d.parts()));
  }

  /**
   * Positions of a strip of as many as the threads share evenly. Few positions of a block of columns stay in a core's cache of the first level for all rows, which is what counts as long as the gradient stays in
   * that of the second level; a larger gradient is better added to less often.
   */
  private long even(TileDivision d) {
    boolean stays = gradientBytes() / (d.rows() * d.columns()) <= KEPT_GRADIENT_BYTES;
    long most = stays ? Math.max(SHORT_STRIP, Math.min(MOST_POSITIONS, FEWEST_PRODUCTS / ((long) s.in() * s.out()))) : LONG_STRIP;
    long count = (s.positions() + most - 1) / most;
    long shared = (count + d.parts() - 1) / d.parts() * d.parts();
    long blocks = (s.positions() + BLOCK - 1) / BLOCK;
    return Math.max(1, (blocks + shared - 1) / shared) * BLOCK;
  }

  /** Whether the sizes of a convolution fit to tiles. */
  public static boolean suits(TileShape s) {
    return (s.groups() == 1 || s.depth() > BLOCK) && s.depth() % HALF == 0 && s.out() / s.groups() % HALF == 0;
  }

  private static int blocks(int rows) {
    return (rows + BLOCK - 1) / BLOCK;
  }

  /** The most blocks of channels that one of so many gets. */
  private static long share(int channels, int count) {
    return (blocks(channels) + count - 1) / count;
  }

  /** Bytes from one channel's positions to the next one's: an odd number of lines, so that neighbours do not compete for the same places of a cache. */
  private long plane() {
    return (depth | 1) * (long) ROW_OF_BLOCK;
  }

  /** How often the input is split. */
  private int versions() {
    return s.taps() == 1 ? 1 : 2;
  }

  private long acrossBytes() {
    return PARTS * plane() * share(s.out(), division.rows()) * BLOCK;
  }

  /** Bytes of a part of 16 channels of the input over all positions. */
  private long besidePart() {
    return (long) (depth + reach) * TileProducts.TILE;
  }

  private long versionBytes() {
    return share(s.in(), division.columns()) * 2 * PARTS * besidePart();
  }

  private long besideBytes() {
    return versions() * versionBytes();
  }

  private long inputBytes() {
    return (long) ((s.isPointwise() ? 1 : depth + reach) * BLOCK + 1) * s.in() * FLOAT;
  }

  private long outputBytes() {
    return (long) (s.isPointwise() ? 1 : depth) * BLOCK * s.out() * FLOAT;
  }

  private long threadBytes() {
    return (acrossBytes() + besideBytes() + inputBytes() + outputBytes() + 4095) / 4096 * 4096;
  }

  private long gradientBytes() {
    return (long) s.taps() * s.depth() * s.out() * FLOAT;
  }

  /** Memory that a run needs beside its operands. */
  public long workBytes() {
    return threads * threadBytes() + (division.parts() - 1) * gradientBytes() + Scaling.bytes(s.in());
  }

  /** Whether the input can be normalised on the way. */
  public static boolean normalises(TileShape s) {
    return s.isPointwise();
  }

  /** As {@link #bind(long, long, long, long)}, of what a normalisation makes of {@code x}. */
  public Runnable bind(long x, Scaling scaling, long dy, long dw, long work) {
    long rows = work + workBytes() - Scaling.bytes(s.in());
    coefficients = rows;
    Runnable gradient = bind(x, dy, dw, work);
    return () -> {
      scaling.write(rows, s.in());
      gradient.run();
    };
  }

  /**
   * Makes the launch.
   *
   * @param x the input, channels last
   * @param dy the output's gradient, channels last
   * @param dw where the gradient goes, {@code [taps, out, depth]}
   * @param work memory of {@link #workBytes}
   */
  public Runnable bind(long x, long dy, long dw, long work) {
    shifts = job.table(new long[1]);
    long sums = work + threads * threadBytes();
    int count = strips.all().size();
    for (int i = 0; i < division.parts(); i++) {
      long target = i == 0 ? dw : sums + (i - 1) * gradientBytes();
      for (int r = 0; r < division.rows(); r++) {
        for (int c = 0; c < division.columns(); c++) {
          job.item();
          Range rows = Range.of(s.out(), r, division.rows());
          Range columns = Range.of(s.in(), c, division.columns());
          int begin = count * i / division.parts();
          for (int k = begin; k < count * (i + 1) / division.parts(); k++) {
            strip(strips.all().get(k), x, dy, rows, columns, target, k == begin);
          }
        }
      }
    }
    job.afterAll();
    for (long at = 0; at < gradientBytes() && division.parts() > 1; at += ADDED_BYTES) {
      job.item();
      for (int i = 1; i < division.parts(); i++) {
        job.operation(TileCode.Routine.ADD).with(TileJob.Add.SOURCE, sums + (i - 1) * gradientBytes() + at).with(TileJob.Add.TARGET, dw + at)
            .with(TileJob.Add.BYTES, Math.min(ADDED_BYTES, gradientBytes() - at));
      }
    }
    return job.written(threads, work, threadBytes());
  }

  private void strip(Strip p, long x, long dy, Range rows, Range columns, long target, boolean first) {
    int count = blocks(strips.results(p));
    Place across = Place.own(0);
    Place beside = across.plus(acrossBytes());
    Place input = beside.plus(besideBytes());
    Place output = input.plus(inputBytes());
    if (s.isPointwise()) {
      flat(p, Place.at(x + strips.place(p) * s.in() * FLOAT), Place.at(dy + strips.place(p) * s.out() * FLOAT), rows, columns);
    } else {
      pad(p, x, dy, input, output, count);
      splitAcross(output, rows, 0, count);
      splitBeside(input, columns, 0, 0, count + reach);
      if (versions() > 1) {
        splitBeside(input.plus((long) s.in() * FLOAT), columns, 1, 0, count + reach);
      }
    }
    products(rows, columns, target, count, first);
  }

  /** Positions of which none depends on its neighbours are split where they are, but for the last few, which zeros fill up to a block. */
  private void flat(Strip p, Place x, Place dy, Range rows, Range columns) {
    int full = strips.results(p) / BLOCK;
    int rest = strips.results(p) % BLOCK;
    if (full > 0) {
      splitAcross(dy, rows, 0, full);
      splitBeside(x, columns, 0, 0, full);
    }
    if (rest > 0) {
      Place input = Place.own(acrossBytes() + besideBytes());
      Place output = input.plus(inputBytes());
      fill(x.plus((long) full * BLOCK * s.in() * FLOAT), input, rest, (long) s.in() * FLOAT);
      fill(dy.plus((long) full * BLOCK * s.out() * FLOAT), output, rest, (long) s.out() * FLOAT);
      splitAcross(output, rows, full, 1);
      splitBeside(input, columns, 0, full, 1);
    }
  }

  private void fill(Place from, Place to, int rows, long row) {
    job.operation(TileCode.Routine.PAD).with(TileJob.Pad.SOURCE, from).with(TileJob.Pad.TARGET, to).with(TileJob.Pad.ROWS, 1).with(TileJob.Pad.BYTES, rows * row)
        .with(TileJob.Pad.ZERO_BYTES, (BLOCK - rows) * row);
  }

  /** Copies of both maps, with zeros where there is padding and up to a full block. */
  private void pad(Strip p, long x, long dy, Place input, Place output, int count) {
    strips.pad(job, p, x, s.in() * FLOAT, input);
    TileStrips.zero(job, input.plus((long) strips.stored(p) * s.in() * FLOAT), ((long) (count + reach) * BLOCK + 1 - strips.stored(p)) * s.in() * FLOAT);
    strips.spread(job, p, dy, s.out() * FLOAT, output);
    TileStrips.zero(job, output.plus((long) strips.results(p) * s.out() * FLOAT), ((long) count * BLOCK - strips.results(p)) * s.out() * FLOAT);
  }

  /** Slabs of 32 positions each, to the places of the {@code slab}-th and after. */
  private void splitAcross(Place from, Range rows, int slab, int slabs) {
    long row = (long) s.out() * FLOAT;
    // Even positions become the first, odd ones the second of each pair.
    job.operation(TileCode.Routine.ACROSS).with(Across.SOURCE, from.plus(rows.offset())).with(Across.TARGET, Place.own((long) slab * ROW_OF_BLOCK)).with(Across.SLABS, slabs)
        .with(Across.BLOCKS, rows.channels / HALF).with(Across.ROW_STEP, 2 * row).with(Across.SECOND, row).with(Across.SOURCE_SLAB_STEP, BLOCK * row)
        .with(Across.SOURCE_BLOCK_STEP, ROW_OF_BLOCK).with(Across.TARGET_STEP, plane()).with(Across.TARGET_BLOCK_STEP, HALF * plane()).with(Across.PART_STEP, plane() * rows.channels);
  }

  private void splitBeside(Place from, Range columns, int version, int slab, int slabs) {
    long row = (long) s.in() * FLOAT;
    TileJob.Operation o = job.operation(coefficients == 0 ? TileCode.Routine.SPLIT : TileCode.Routine.SPLIT_NORMALISED).with(Split.SOURCE, from.plus(columns.offset())).with(Split.TARGET, Place.own(acrossBytes() + version * versionBytes() + (long) slab * TileProducts.TILE))
        .with(Split.SLABS, slabs).with(Split.ROWS, HALF).with(Split.BLOCKS, columns.channels / HALF).with(Split.SECOND, row).with(Split.SOURCE_SLAB_STEP, BLOCK * row)
        .with(Split.TARGET_SLAB_STEP, TileProducts.TILE).with(Split.SOURCE_STEP, 2 * row).with(Split.TARGET_STEP, ROW_OF_BLOCK).with(Split.SOURCE_BLOCK_STEP, ROW_OF_BLOCK)
        .with(Split.TARGET_BLOCK_STEP, PARTS * besidePart()).with(Split.PART_STEP, besidePart());
    if (coefficients != 0) {
      // Rows of one slab follow those of the one before.
      o.with(Split.ROWS, (long) slabs * HALF).with(Split.COEFFICIENTS, coefficients + columns.offset()).with(Split.COEFFICIENT_STEP, Scaling.rowBytes(s.in()));
    }
  }

  /** Of every group. */
  private void products(Range rows, Range columns, long dw, int count, boolean first) {
    int tall = rows.channels / HALF / s.groups();
    int wide = columns.channels / HALF / s.groups();
    for (int t = 0; t < s.taps(); t++) {
      long target = dw + ((long) t * s.out() + (long) rows.block * BLOCK) * s.depth() * FLOAT + columns.offset();
      for (int g = 0; g < s.groups(); g++) {
        group(t, rows, g * tall, (g + 1) * tall, g * wide, wide, target, count, first);
      }
    }
  }

  /** Some rows of blocks at a time, that stay in the cache while the columns pass. */
  private void group(int tap, Range range, int row, int end, int column, int columns, long target, int count, boolean first) {
    int most = 2 * (int) Math.max(1, GROUP_BYTES / ((long) count * BLOCK * BLOCK * PARTS * WORD));
    for (int r = row; r < end; r += most) {
      int tall = Math.min(end - r, most);
      int last = r + tall - 1;
      int narrow = column + columns - 1;
      part(2, 2, tap, range, r, tall / 2, column, columns / 2, column, target, count, first);
      part(2, 1, tap, range, r, tall / 2, narrow, columns % 2, column, target, count, first);
      part(1, 2, tap, range, last, tall % 2, column, columns / 2, column, target, count, first);
      part(1, 1, tap, range, last, tall % 2, narrow, columns % 2, column, target, count, first);
    }
  }

  /** Blocks of so many tiles, from a row and a column of tiles on; the group begins at column {@code begin}. */
  private void part(int tall, int broad, int tap, Range range, int row, int rows, int column, int columns, int begin, long dw, int count, boolean first) {
    if (rows == 0 || columns == 0) {
      return;
    }
    long line = (long) s.depth() * FLOAT;
    long target = dw + row * HALF * line + (long) (column - begin) * ROW_OF_BLOCK;
    // Two positions are a row of a tile.
    long beside = acrossBytes() + strips.shift(tap) % 2 * versionBytes() + (long) strips.shift(tap) / 2 * ROW_OF_BLOCK;
    TileJob.Operation o = job.operation(TileCode.Routine.product(tall, broad)).with(Product.A, Place.own(row * HALF * plane()))
        .with(Product.A_PART, plane() * range.channels).with(Product.A_BLOCK, ROW_OF_BLOCK).with(Product.A_ROW, plane()).with(Product.A_STEP, tall * HALF * plane())
        .with(Product.SHIFTS, shifts).with(Product.SHIFT_COUNT, 1).with(Product.BLOCKS, count).with(Product.B, Place.own(beside + column * PARTS * besidePart())).with(Product.B_PART, besidePart())
        .with(Product.B_HALF, PARTS * besidePart()).with(Product.B_STEP, 2 * PARTS * besidePart()).with(Product.TARGET, target).with(Product.TARGET_ROW, line).with(Product.TARGET_ROW_STEP, tall * HALF * line)
        .with(Product.TARGET_COLUMN_STEP, (long) broad * ROW_OF_BLOCK).with(Product.ROWS, rows).with(Product.COLUMNS, columns);
    if (first) {
      o.with(Product.INITIAL, job.zeros());
    } else {
      o.with(Product.INITIAL, target).with(Product.INITIAL_ROW, line).with(Product.INITIAL_ROW_STEP, tall * HALF * line).with(Product.INITIAL_COLUMN_STEP, (long) broad * ROW_OF_BLOCK);
    }
  }

  @Override
  public void close() {
    job.close();
  }
}
