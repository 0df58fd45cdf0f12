package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R15;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RBP;
import static dev.cardinal.cpu.onednn.machine.Register.RSP;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.VectorOp;
import dev.cardinal.cpu.onednn.tiles.TileJob.Product;
import java.util.function.BiConsumer;

/**
 * The part of {@link TileProducts} that brings results past the caches to memory, and sums them up on the way. A block's results wait in the thread's scratch memory; while tiles of the next block are multiplied
 * they go on, some rows in each slice of the sum, so that the processor waits for memory and multiplies at the same time.
 *
 * <p>Registers: {@code rbp} the target's next row; {@code rax} is free. Sums stay in registers from the end of their block to that of the next.
 */
final class TileEndings {
  private static final int WORD = 8;
  /** Bytes of the stack. */
  static final int FRAME = 4 * WORD;
  private static final int ROW_OF_TILE = 64;
  private static final int ROW_OF_BLOCK = 2 * ROW_OF_TILE;
  private static final int TILE_ROWS = 16;

  // Vectors, from these on: values that are subtracted, sums, sums of squares.
  private static final int NEAR = 4;
  private static final int SUM = 8;
  private static final int SQUARES = 12;

  private final Assembler a;
  private final int tall;
  private final int broad;
  private final boolean summed;
  /** Rows that wait. */
  private final Memory waiting;
  /** The first of them. */
  private final Memory from;
  /** Where their columns' sums are, or 0 with the first block. */
  private final Memory sums;
  private final Memory slice;

  /**
   * For blocks of a size.
   *
   * @param summed whether to sum up
   * @param frame where its part of the stack begins
   */
  TileEndings(Assembler a, int tall, int broad, boolean summed, int frame) {
    this.a = a;
    this.tall = tall;
    this.broad = broad;
    this.summed = summed;
    this.waiting = Memory.at(RSP, frame);
    this.from = Memory.at(RSP, frame + WORD);
    this.sums = Memory.at(RSP, frame + 2 * WORD);
    this.slice = Memory.at(RSP, frame + 3 * WORD);
  }

  /** Nothing waits yet. */
  void begin() {
    a.move(RAX, 0);
    a.store(waiting, RAX);
    a.store(sums, RAX);
  }

  /** Some rows of what waits. */
  void slice() {
    a.load(RAX, Product.SLICE.memory());
    a.store(slice, RAX);
    Label done = a.label();
    Label row = a.here();
    a.compare(waiting, 0);
    a.jump(Condition.ZERO, done);
    row();
    a.decrement(slice);
    a.jump(Condition.NOT_ZERO, row);
    a.place(done);
  }

  /** After the last block: all that waits. */
  void finish() {
    Label row = a.here();
    row();
    a.jump(Condition.NOT_ZERO, row);
    store();
  }

  /**
   * After a block, when nothing waits any more: its results wait.
   *
   * @param toScratch stores them
   * @param target holds the place where they belong
   * @param sumsColumn holds the place of their columns' sums
   * @param rowsLeft holds how many blocks of the column are left, with this
   */
  void turn(Runnable toScratch, Memory target, Memory sumsColumn, Memory rowsLeft) {
    store();
    toScratch.run();
    a.store(from, R15);
    a.move(RAX, tall * TILE_ROWS);
    a.store(waiting, RAX);
    a.load(RBP, target);
    if (summed) {
      a.load(RAX, sumsColumn);
      a.store(sums, RAX);
      load(rowsLeft);
    }
  }

  /** The first row and zeros with a column's first block, afterwards what the blocks above have left. */
  private void load(Memory rowsLeft) {
    Label later = a.label();
    Label done = a.label();
    a.load(RAX, rowsLeft);
    a.compare(RAX, Product.FRESH.memory());
    a.jump(Condition.NOT_ZERO, later);
    for (int n = 0; n < broad; n++) {
      a.load(NEAR + n, Memory.at(R15, n * ROW_OF_TILE));
      a.vector(VectorOp.EXCLUSIVE_OR, SUM + n, SUM + n, SUM + n);
      a.vector(VectorOp.EXCLUSIVE_OR, SQUARES + n, SQUARES + n, SQUARES + n);
    }
    a.jump(done);
    a.place(later);
    move((memory, vector) -> a.load(vector, memory));
    a.place(done);
  }

  private void store() {
    if (summed) {
      Label none = a.label();
      a.compare(sums, 0);
      a.jump(Condition.ZERO, none);
      move((memory, vector) -> a.store(memory, vector));
      a.place(none);
    }
  }

  private void move(BiConsumer<Memory, Integer> move) {
    a.load(RAX, sums);
    for (int kind : new int[] {NEAR, SUM, SQUARES}) {
      for (int n = 0; n < broad; n++) {
        move.accept(Memory.at(RAX, n * ROW_OF_TILE), kind + n);
      }
      a.add(RAX, Product.SUMS_STEP.memory());
    }
  }

  /** One row, whole lines that are not read before they are written; the condition is then whether more wait. */
  private void row() {
    a.load(RAX, from);
    for (int n = 0; n < broad; n++) {
      a.load(n, Memory.at(RAX, n * ROW_OF_TILE));
      a.stream(Memory.at(RBP, n * ROW_OF_TILE), n);
      if (summed) {
        a.vector(VectorOp.SUBTRACT, n, n, NEAR + n);
        a.vector(VectorOp.ADD, SUM + n, SUM + n, n);
        a.vector(VectorOp.MULTIPLY_ADD, SQUARES + n, n, n);
      }
    }
    a.add(RAX, ROW_OF_BLOCK);
    a.store(from, RAX);
    a.add(RBP, Product.TARGET_ROW.memory());
    a.decrement(waiting);
  }
}
