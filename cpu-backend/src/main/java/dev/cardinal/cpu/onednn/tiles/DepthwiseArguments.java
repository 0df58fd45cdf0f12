package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.tiles.TileJob.Argument;

/** Arguments of the operations of {@link DepthwiseRoutines}. */
final class DepthwiseArguments {
  private DepthwiseArguments() {}

  /**
   * Sums, channel by channel, of products of weights and places of a map, for {@code GROUPS} groups of rows of another map: see {@link DepthwiseRoutines#gather}. The blocks of columns of a group are listed from
   * {@code BLOCKS} to {@code BLOCKS_END}, each with {@link DepthwiseRoutines#BLOCK_WORDS} words.
   */
  static final class Gather {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument GROUPS = new Argument(3);
    static final Argument BLOCKS = new Argument(4);
    static final Argument BLOCKS_END = new Argument(5);
    /** From one group to the next. */
    static final Argument SOURCE_STEP = new Argument(6);
    static final Argument TARGET_STEP = new Argument(7);
    /** From one column of a block to the next. */
    static final Argument SOURCE_COLUMN = new Argument(8);
    static final Argument TARGET_COLUMN = new Argument(9);
    /** Of all channels of a position. */
    static final Argument BYTES = new Argument(10);
    /** A row of channels with which sums begin. */
    static final Argument INITIAL = new Argument(11);
    static final Argument LEAST = new Argument(12);
    static final Argument MOST = new Argument(13);
    /** Sums over what is written, as {@link MomentParts} has them. */
    static final Argument SUMS = new Argument(14);
    /** What is fetched into the caches first, as the source is read one byte after the other. */
    static final Argument FETCHED = new Argument(15);

    private Gather() {}
  }

  /**
   * Sums, channel by channel, of products of two maps over {@code ROWS} rows, for every tap of a window: see {@link DepthwiseRoutines#collect}. The blocks of columns of a row are listed from {@code BLOCKS} to
   * {@code BLOCKS_END}, each with {@link DepthwiseRoutines#COLLECTED_WORDS} words.
   */
  static final class Collect {
    static final Argument SOURCE = new Argument(0);
    static final Argument TARGET = new Argument(1);
    static final Argument GRADIENT = new Argument(2);
    static final Argument ROWS = new Argument(3);
    static final Argument BLOCKS = new Argument(4);
    static final Argument BLOCKS_END = new Argument(5);
    /** From one row to the next. */
    static final Argument SOURCE_STEP = new Argument(6);
    static final Argument GRADIENT_STEP = new Argument(7);
    /** From one row of the window to the next, and from one column to the next. */
    static final Argument TAP_ROW = new Argument(8);
    static final Argument TAP_COLUMN = new Argument(9);
    /** From one column of a block to the next. */
    static final Argument SOURCE_COLUMN = new Argument(10);
    /** Of all channels of a position. */
    static final Argument BYTES = new Argument(11);
    /** What is fetched into the caches first. */
    static final Argument FETCHED = new Argument(12);
    static final Argument GRADIENT_FETCHED = new Argument(13);

    private Collect() {}
  }
}
