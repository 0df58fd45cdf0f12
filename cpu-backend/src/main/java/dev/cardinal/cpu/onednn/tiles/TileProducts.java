package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R15;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;
import static dev.cardinal.cpu.onednn.machine.Register.RSP;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;

/**
 * The machine code of products: blocks of one or two by one or two tiles, each the sum over shifts of {@code a} and over 32 places at a time of six products of parts. Parts of {@code a} and {@code b} in
 * registers meet all that need them, so that 24 products of tiles take 14 loads.
 *
 * <p>Of the nine products of parts those of {@code a2 b3}, {@code a3 b2} and {@code a3 b3} are left out: together less than 2^-24 of {@code a b}.
 */
final class TileProducts {
  /** Bytes of one tile: of a part of 16 columns over 32 places. */
  static final int TILE = 1024;
  /** Bytes of each thread's scratch memory through which scattered rows pass. */
  static final int SCATTER_BYTES = 4 * TILE;
  /** How often for every 32 places of the sum other work goes on meanwhile: a little at a time, because what waits for memory is in the way of tiles that come from the cache of the second level. */
  static final int SLICES = 2;
  private static final int TILE_ROWS = 16;
  private static final int ROW_OF_TILE = 64;
  private static final int ROW_OF_BLOCK = 2 * ROW_OF_TILE;
  private static final int POINTER = 8;

  // What a call keeps on the stack.
  private static final Memory COLUMNS_LEFT = Memory.at(RSP, 0);
  private static final Memory ROWS_LEFT = Memory.at(RSP, 8);
  private static final Memory SHIFTS_LEFT = Memory.at(RSP, 16);
  private static final Memory SHIFT = Memory.at(RSP, 24);
  private static final Memory TARGET_COLUMN = Memory.at(RSP, 32);
  private static final Memory INITIAL_COLUMN = Memory.at(RSP, 40);
  private static final Memory INITIAL = Memory.at(RSP, 48);
  private static final Memory B_COLUMN = Memory.at(RSP, 56);
  private static final Memory TARGET = Memory.at(RSP, 64);
  private static final Memory SUMS_COLUMN = Memory.at(RSP, 72);
  private static final Memory BLOCKS_LEFT = Memory.at(RSP, 80);
  private static final int FRAME = 88;

  /** What becomes of a block's results. */
  enum Ending {
    /** They are stored, and stay in the caches. */
    STORED,
    /** They go past the caches to memory. */
    STREAMED,
    /** They go past the caches and are summed up on the way. */
    SUMMED,
    /** A table tells where each row goes. */
    SCATTERED
  }

  private final Assembler a;
  private final int tall;
  private final int broad;
  private final Ending ending;
  /** What brings results past the caches, or {@code null}. */
  private final TileEndings endings;
  /** What splits rows for the next product, or {@code null}. */
  private final TileAhead ahead;

  /**
   * For blocks of a size.
   *
   * @param tall tiles above each other, one or two
   * @param broad tiles beside each other, one or two
   * @param ending what becomes of results
   */
  TileProducts(Assembler a, int tall, int broad, Ending ending) {
    this(a, tall, broad, ending, false);
  }

  /**
   * Also of rows that are normalised while they are split for the next product.
   *
   * @param normalised whether they are
   */
  TileProducts(Assembler a, int tall, int broad, Ending ending, boolean normalised) {
    this.a = a;
    this.tall = tall;
    this.broad = broad;
    this.ending = ending;
    this.endings = ending == Ending.STREAMED || ending == Ending.SUMMED ? new TileEndings(a, tall, broad, ending == Ending.SUMMED, FRAME) : null;
    this.ahead = endings == null ? null : new TileAhead(a, normalised, FRAME + TileEndings.FRAME);
  }

  /** Writes the routine. Arguments: {@link TileJob.Product}. */
  void write() {
    int frame = endings == null ? FRAME : FRAME + TileEndings.FRAME + TileAhead.FRAME;
    a.subtract(RSP, frame);
    a.load(RSI, TileJob.Product.A_ROW.memory());
    a.move(RDI, ROW_OF_TILE);
    a.load(R8, TileJob.Product.A_PART.memory());
    a.load(R9, TileJob.Product.A_BLOCK.memory());
    a.load(R13, TileJob.Product.B_PART.memory());
    a.move(R10, RSI);
    TileRoutines.doubled(a, R10, 4);
    TileRoutines.address(a, RAX, TileJob.Product.B);
    a.store(B_COLUMN, RAX);
    TileRoutines.address(a, RAX, TileJob.Product.TARGET);
    a.store(TARGET_COLUMN, RAX);
    keep(INITIAL_COLUMN, TileJob.Product.INITIAL);
    keep(COLUMNS_LEFT, TileJob.Product.COLUMNS);
    keep(SUMS_COLUMN, TileJob.Product.SUMS);
    if (endings != null) {
      endings.begin();
      ahead.begin();
    }
    Label column = a.here();
    TileRoutines.address(a, R12, TileJob.Product.A);
    a.load(RAX, ending == Ending.SCATTERED ? TileJob.Product.PLACES.memory() : TARGET_COLUMN);
    a.store(TARGET, RAX);
    a.load(RAX, INITIAL_COLUMN);
    a.store(INITIAL, RAX);
    keep(ROWS_LEFT, TileJob.Product.ROWS);
    Label row = a.here();
    begin();
    sum();
    end();
    a.add(R12, TileJob.Product.A_STEP.memory());
    step(TARGET, TileJob.Product.TARGET_ROW_STEP);
    step(INITIAL, TileJob.Product.INITIAL_ROW_STEP);
    a.decrement(ROWS_LEFT);
    a.jump(Condition.NOT_ZERO, row);
    step(B_COLUMN, TileJob.Product.B_STEP);
    step(TARGET_COLUMN, TileJob.Product.TARGET_COLUMN_STEP);
    step(INITIAL_COLUMN, TileJob.Product.INITIAL_COLUMN_STEP);
    step(SUMS_COLUMN, TileJob.Product.TARGET_COLUMN_STEP);
    a.decrement(COLUMNS_LEFT);
    a.jump(Condition.NOT_ZERO, column);
    if (endings != null) {
      endings.finish();
    }
    a.add(RSP, frame);
    a.ret();
  }

  private void keep(Memory in, TileJob.Argument given) {
    a.load(RAX, given.memory());
    a.store(in, RAX);
  }

  private void step(Memory kept, TileJob.Argument by) {
    a.load(RAX, kept);
    a.add(RAX, by.memory());
    a.store(kept, RAX);
  }

  /** Tiles 0 to 3 begin with zeros, biases or what is there. */
  private void begin() {
    a.load(RAX, INITIAL);
    a.load(RCX, TileJob.Product.INITIAL_ROW.memory());
    for (int m = 0; m < tall; m++) {
      if (m == 1) {
        a.move(RDX, RCX);
        TileRoutines.doubled(a, RDX, 4);
        a.add(RAX, RDX);
      }
      for (int n = 0; n < broad; n++) {
        a.loadTile(2 * m + n, RAX, n * ROW_OF_TILE, RCX);
      }
    }
  }

  private void sum() {
    a.load(RDX, B_COLUMN);
    keep(SHIFT, TileJob.Product.SHIFTS);
    keep(SHIFTS_LEFT, TileJob.Product.SHIFT_COUNT);
    Label shift = a.here();
    a.load(RAX, SHIFT);
    a.load(RCX, Memory.at(RAX));
    a.add(RCX, R12);
    a.add(RAX, POINTER);
    a.store(SHIFT, RAX);
    keep(BLOCKS_LEFT, TileJob.Product.BLOCKS);
    Label block = a.here();
    bringOn();
    // The least significant first.
    loadA(0);
    loadB(2);
    multiply();
    splitOn();
    loadB(1);
    multiply();
    loadB(0);
    multiply();
    bringOn();
    loadA(2);
    multiply();
    splitOn();
    loadA(1);
    multiply();
    loadB(1);
    multiply();
    a.add(RCX, R9);
    a.add(RDX, TILE);
    a.decrement(BLOCKS_LEFT);
    a.jump(Condition.NOT_ZERO, block);
    a.decrement(SHIFTS_LEFT);
    a.jump(Condition.NOT_ZERO, shift);
  }

  /** Some rows of the block before. */
  private void bringOn() {
    if (endings != null) {
      endings.slice();
    }
  }

  private void splitOn() {
    if (ahead != null) {
      ahead.slice();
    }
  }

  private void loadA(int part) {
    a.move(RAX, RCX);
    for (int i = 0; i < part; i++) {
      a.add(RAX, R8);
    }
    a.loadTile(4, RAX, 0, RSI);
    if (tall == 2) {
      a.add(RAX, R10);
      a.loadTile(5, RAX, 0, RSI);
    }
  }

  private void loadB(int part) {
    a.move(RAX, RDX);
    for (int i = 0; i < part; i++) {
      a.add(RAX, R13);
    }
    a.loadTile(6, RAX, 0, RDI);
    if (broad == 2) {
      a.add(RAX, TileJob.Product.B_HALF.memory());
      a.loadTile(7, RAX, 0, RDI);
    }
  }

  private void multiply() {
    for (int m = 0; m < tall; m++) {
      for (int n = 0; n < broad; n++) {
        a.multiplyTiles(2 * m + n, 4 + m, 6 + n);
      }
    }
  }

  private void end() {
    switch (ending) {
      case STORED -> {
        a.load(RAX, TARGET);
        a.load(RCX, TileJob.Product.TARGET_ROW.memory());
        storeTiles(RAX, RCX);
      }
      case STREAMED, SUMMED -> endings.turn(this::toScratch, TARGET, SUMS_COLUMN, ROWS_LEFT);
      case SCATTERED -> scatter();
    }
  }

  private void toScratch() {
    a.move(RAX, R15);
    a.move(RCX, ROW_OF_BLOCK);
    storeTiles(RAX, RCX);
  }

  private void storeTiles(Register at, Register stride) {
    for (int m = 0; m < tall; m++) {
      if (m == 1) {
        a.move(RDX, stride);
        TileRoutines.doubled(a, RDX, 4);
        a.add(at, RDX);
      }
      for (int n = 0; n < broad; n++) {
        a.storeTile(at, n * ROW_OF_TILE, stride, 2 * m + n);
      }
    }
  }

  /** Each row goes where the table says, the last one first: see {@link TileStrips#places}. */
  private void scatter() {
    toScratch();
    a.load(RCX, TARGET_COLUMN);
    a.load(RDX, TARGET);
    for (int i = tall * TILE_ROWS - 1; i >= 0; i--) {
      a.load(RAX, Memory.at(RDX, i * POINTER));
      for (int n = 0; n < broad; n++) {
        a.load(n, Memory.at(R15, i * ROW_OF_BLOCK + n * ROW_OF_TILE));
        a.store(new Memory(RAX, RCX, n * ROW_OF_TILE), n);
      }
    }
  }
}
