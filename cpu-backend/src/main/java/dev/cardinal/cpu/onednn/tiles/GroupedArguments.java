package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Argument;

/** Arguments of the operations of {@link GroupedRoutines} and {@link GroupedSums}. */
final class GroupedArguments {
  private GroupedArguments() {}

  /** Sums of products of weights and places of a map, for {@code ROWS} rows of another map that have the same rows of taps. */
  static final class Gather {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument ROWS = new Argument(3);
    /** From where to where the rows of taps are listed, each with {@link GroupedRoutines#TAP_WORDS} words. */
    static final Argument TAPS = new Argument(4);
    static final Argument TAPS_END = new Argument(5);
    /** From one row to the next. */
    static final Argument SOURCE_STEP = new Argument(6);
    static final Argument TARGET_STEP = new Argument(7);
    /** Bytes of a position before the channels to compute, and to their end. */
    static final Argument FIRST = new Argument(8);
    static final Argument END = new Argument(9);
    /** Of the first channels to compute. */
    static final Argument WEIGHTS = new Argument(10);
    /** A row of channels with which sums begin. */
    static final Argument INITIAL = new Argument(11);
    static final Argument LEAST = new Argument(12);
    static final Argument MOST = new Argument(13);
    /** Sums over what is written, as {@link MomentParts} has them. */
    static final Argument SUMS = new Argument(14);
    /** What is fetched into the caches first, and how many lines for 16 channels of a block. */
    static final Argument FETCHED = new Argument(15);
    static final Argument LINES = new Argument(16);
    /** Orders of floats, as {@link GroupedRoutines#orders} lists them. */
    static final Argument ORDERS = new Argument(17);

    private Gather() {}
  }

  /** Sums of products of two maps over {@code ROWS} rows of each of {@code SAMPLES}, for one row of taps. */
  static final class Collect {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument GRADIENT = new Argument(2);
    static final Argument SAMPLES = new Argument(3);
    static final Argument ROWS = new Argument(4);
    /** From one row to the next. */
    static final Argument SOURCE_STEP = new Argument(5);
    static final Argument GRADIENT_STEP = new Argument(6);
    /** From one sample to the next. */
    static final Argument SOURCE_SAMPLE = new Argument(7);
    static final Argument GRADIENT_SAMPLE = new Argument(8);
    /** Bytes of a position before the channels to compute, and to their end. */
    static final Argument FIRST = new Argument(9);
    static final Argument END = new Argument(10);
    /** What is fetched into the caches first, and how many lines of each map for a row. */
    static final Argument FETCHED = new Argument(11);
    static final Argument GRADIENT_FETCHED = new Argument(12);
    static final Argument LINES = new Argument(13);
    static final Argument GRADIENT_LINES = new Argument(14);

    private Collect() {}
  }
}
