package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R11;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RBP;
import static dev.cardinal.cpu.onednn.machine.Register.RBX;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;
import static dev.cardinal.cpu.onednn.machine.Register.RSP;

import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;
import dev.cardinal.cpu.onednn.machine.VectorOp;
import dev.cardinal.cpu.onednn.tiles.DepthwiseArguments.Collect;
import dev.cardinal.cpu.onednn.tiles.DepthwiseArguments.Gather;
import java.util.function.IntConsumer;

/**
 * The machine code of depthwise convolutions and of their gradients. What takes the time is to read and write maps, so both go through them as they lie in memory, some columns of a row at a time with all their
 * channels, and fetch what follows: the processor does not fetch far enough ahead by itself.
 */
final class DepthwiseRoutines {
  /** Columns of a block of {@link #gather}. */
  static final int MOST_COLUMNS = 8;
  /** Columns of a block of {@link #collect}: what is fetched for them comes while they are summed. */
  static final int MOST_COLLECTED = 8;
  /** Rows, and columns, of the window that {@link #collect} sums at a time. */
  static final int MOST_TAPS = 3;

  /** Words of a block of {@link #gather}: its number of columns; offsets of source and target; from where to where its taps are listed; lines to fetch for 16 channels. */
  static final int BLOCK_WORDS = 6;
  /** Words of a tap: the source's offset, and the address of the weights of all channels. */
  static final int TAP_WORDS = 2;
  /**
   * Words of a block of {@link #collect}: the {@link #way} of its taps; its number of columns; offsets of source, gradient and target; bytes from the end of one row of taps to the next; lines of both maps to fetch for 16
   * channels.
   */
  static final int COLLECTED_WORDS = 8;

  private static final int VECTOR = 64;
  private static final int WORD = Long.BYTES;
  /** Vectors beside the sums. */
  private static final int FACTOR = 16;
  private static final int NEAR = 17;
  private static final int SUM = 18;
  private static final int SQUARES = 19;
  private static final int DIFFERENCE = 20;
  private static final int LEAST = 21;
  private static final int MOST = 22;

  private DepthwiseRoutines() {}

  private static Memory word(int i) {
    return Memory.at(R8, i * WORD);
  }

  /**
   * A convolution or the gradient of its input: each place of the target gathers what reaches it. Columns of a block are the same distance apart in both maps and have the same taps. Arguments: {@link Gather}.
   *
   * <p>Registers: {@code rsi} source and {@code rdi} target of the group, {@code r8} block, {@code r9} and {@code r10} its source and target, {@code rdx} bytes of channels done, {@code r11} one and {@code r13} two
   * columns of the source, {@code r12} what is fetched next, {@code rbp} tap.
   */
  static void gather(Assembler a, boolean streamed, boolean summed) {
    TileRoutines.address(a, RSI, Gather.SOURCE);
    TileRoutines.address(a, RDI, Gather.TARGET);
    a.load(R11, Gather.SOURCE_COLUMN.memory());
    a.address(R13, Memory.at(R11, R11));
    a.load(R12, Gather.FETCHED.memory());
    a.broadcast(LEAST, Gather.LEAST.memory());
    a.broadcast(MOST, Gather.MOST.memory());
    a.load(RCX, Gather.GROUPS.memory());
    a.push(RCX);
    Label group = a.here();
    a.load(R8, Gather.BLOCKS.memory());
    Label block = a.here();
    a.load(R9, word(1));
    a.add(R9, RSI);
    a.load(R10, word(2));
    a.add(R10, RDI);
    a.move(RDX, 0);
    choose(a, MOST_COLUMNS, i -> gathered(a, i + 1, streamed, summed));
    a.add(R8, BLOCK_WORDS * WORD);
    a.compare(R8, Gather.BLOCKS_END.memory());
    a.jump(Condition.BELOW, block);
    a.add(RSI, Gather.SOURCE_STEP.memory());
    a.add(RDI, Gather.TARGET_STEP.memory());
    a.decrement(Memory.at(RSP));
    a.jump(Condition.NOT_ZERO, group);
    a.pop(RCX);
    a.ret();
  }

  /** Writes as many ways, of which the one runs that the block's first word numbers, from one on. */
  private static void choose(Assembler a, int count, IntConsumer way) {
    Label[] ways = new Label[count];
    for (int i = count - 1; i >= 0; i--) {
      ways[i] = a.label();
      a.compare(word(0), i + 1);
      a.jump(Condition.ZERO, ways[i]);
    }
    Label next = a.label();
    for (int i = 0; i < count; i++) {
      a.place(ways[i]);
      way.accept(i);
      a.jump(next);
    }
    a.place(next);
  }

  /** All channels of so many columns. */
  private static void gathered(Assembler a, int columns, boolean streamed, boolean summed) {
    Label channels = a.here();
    fetch(a, R12, word(5));
    a.load(RCX, Gather.INITIAL.memory());
    for (int i = 0; i < columns; i++) {
      a.load(i, Memory.at(RCX, RDX));
    }
    a.load(RBP, word(3));
    Label end = a.label();
    Label tap = a.here();
    a.compare(RBP, word(4));
    a.jump(Condition.AT_LEAST, end);
    a.load(RAX, Memory.at(RBP));
    a.load(RCX, Memory.at(RBP, WORD));
    a.add(RAX, R9);
    a.load(FACTOR, Memory.at(RCX, RDX));
    for (int i = 0; i < columns; i++) {
      a.vector(VectorOp.MULTIPLY_ADD, i, FACTOR, i % 2 == 0 ? Memory.at(RAX) : Memory.at(RAX, R11));
      if (i % 2 == 1 && i + 1 < columns) {
        a.add(RAX, R13);
      }
    }
    a.add(RBP, TAP_WORDS * WORD);
    a.jump(tap);
    a.place(end);
    for (int i = 0; i < columns; i++) {
      // The second operand is taken where one is no number, so that such values stay.
      a.vector(VectorOp.MAXIMUM, i, LEAST, i);
      a.vector(VectorOp.MINIMUM, i, MOST, i);
    }
    if (summed) {
      sum(a, columns);
    }
    a.move(RAX, R10);
    a.load(RCX, Gather.TARGET_COLUMN.memory());
    for (int i = 0; i < columns; i++) {
      if (streamed) {
        a.stream(Memory.at(RAX), i);
      } else {
        a.store(Memory.at(RAX), i);
      }
      a.add(RAX, RCX);
    }
    a.add(R9, VECTOR);
    a.add(R10, VECTOR);
    a.add(RDX, VECTOR);
    a.compare(RDX, Gather.BYTES.memory());
    a.jump(Condition.BELOW, channels);
  }

  /** Fetches a number of lines. */
  private static void fetch(Assembler a, Register next, Memory lines) {
    Label end = a.label();
    a.load(RCX, lines);
    a.compare(lines, 0);
    a.jump(Condition.ZERO, end);
    Label line = a.here();
    a.prefetchSecond(Memory.at(next));
    a.add(next, VECTOR);
    a.decrement(RCX);
    a.jump(Condition.NOT_ZERO, line);
    a.place(end);
  }

  /** Adds differences from a value that is near, and their squares. */
  private static void sum(Assembler a, int columns) {
    a.load(RCX, Gather.SUMS.memory());
    a.load(NEAR, Memory.at(RCX, RDX));
    a.add(RCX, Gather.BYTES.memory());
    a.load(SUM, Memory.at(RCX, RDX));
    a.move(RAX, RCX);
    a.add(RAX, Gather.BYTES.memory());
    a.load(SQUARES, Memory.at(RAX, RDX));
    for (int i = 0; i < columns; i++) {
      a.vector(VectorOp.SUBTRACT, DIFFERENCE, i, NEAR);
      a.vector(VectorOp.ADD, SUM, SUM, DIFFERENCE);
      a.vector(VectorOp.MULTIPLY_ADD, SQUARES, DIFFERENCE, DIFFERENCE);
    }
    a.store(Memory.at(RCX, RDX), SUM);
    a.store(Memory.at(RAX, RDX), SQUARES);
  }

  /**
   * The gradient of a convolution's weights: for each tap the sum over positions of what it meets times the output's gradient there. Arguments: {@link Collect}.
   *
   * <p>Registers: {@code rsi} source and {@code rdi} gradient of the row, within a block one column of each; {@code r8} block, {@code r9}, {@code r10} and {@code r11} the source under the rows of taps, {@code r13}
   * one and {@code rbp} two columns of taps, {@code rcx} gradient, {@code rdx} bytes of channels done, {@code r12} and {@code rbx} what is fetched next.
   */
  static void collect(Assembler a) {
    a.push(RBX);
    TileRoutines.address(a, RSI, Collect.SOURCE);
    TileRoutines.address(a, RDI, Collect.GRADIENT);
    a.load(R13, Collect.TAP_COLUMN.memory());
    a.address(RBP, Memory.at(R13, R13));
    a.load(R12, Collect.FETCHED.memory());
    a.load(RBX, Collect.GRADIENT_FETCHED.memory());
    a.load(RCX, Collect.ROWS.memory());
    a.push(RCX);
    Label row = a.here();
    a.load(R8, Collect.BLOCKS.memory());
    Label block = a.here();
    a.push(RSI);
    a.push(RDI);
    a.move(RDX, 0);
    choose(a, MOST_TAPS * MOST_TAPS, i -> collected(a, i / MOST_TAPS + 1, i % MOST_TAPS + 1));
    a.pop(RDI);
    a.pop(RSI);
    a.add(R8, COLLECTED_WORDS * WORD);
    a.compare(R8, Collect.BLOCKS_END.memory());
    a.jump(Condition.BELOW, block);
    a.add(RSI, Collect.SOURCE_STEP.memory());
    a.add(RDI, Collect.GRADIENT_STEP.memory());
    a.decrement(Memory.at(RSP));
    a.jump(Condition.NOT_ZERO, row);
    a.pop(RCX);
    a.pop(RBX);
    a.ret();
  }

  /** The number of the way for so many rows and columns of taps. */
  static int way(int rows, int columns) {
    return (rows - 1) * MOST_TAPS + columns;
  }

  private static void collected(Assembler a, int rows, int columns) {
    Register[] source = {R9, R10, R11};
    Label channels = a.here();
    fetch(a, R12, word(6));
    fetch(a, RBX, word(7));
    sums(a, rows, columns, false);
    // The row's own places are on the stack.
    a.load(RCX, Memory.at(RSP));
    a.add(RCX, word(3));
    a.add(RCX, RDX);
    a.load(R9, Memory.at(RSP, WORD));
    a.add(R9, word(2));
    a.add(R9, RDX);
    for (int i = 1; i < rows; i++) {
      a.move(source[i], source[i - 1]);
      a.add(source[i], Collect.TAP_ROW.memory());
    }
    a.load(RSI, Collect.SOURCE_COLUMN.memory());
    a.load(RDI, Collect.BYTES.memory());
    a.load(RAX, word(1));
    Label position = a.here();
    a.load(FACTOR, Memory.at(RCX));
    for (int i = 0; i < rows; i++) {
      Memory[] places = {Memory.at(source[i]), Memory.at(source[i], R13), Memory.at(source[i], RBP)};
      for (int k = 0; k < columns; k++) {
        a.vector(VectorOp.MULTIPLY_ADD, i * columns + k, FACTOR, places[k]);
      }
    }
    for (int i = 0; i < rows; i++) {
      a.add(source[i], RSI);
    }
    a.add(RCX, RDI);
    a.decrement(RAX);
    a.jump(Condition.NOT_ZERO, position);
    sums(a, rows, columns, true);
    a.add(RDX, VECTOR);
    a.compare(RDX, Collect.BYTES.memory());
    a.jump(Condition.BELOW, channels);
  }

  /** Loads or stores the sums of all taps. */
  private static void sums(Assembler a, int rows, int columns, boolean store) {
    TileRoutines.address(a, RAX, Collect.TARGET);
    a.add(RAX, word(4));
    for (int i = 0; i < rows * columns; i++) {
      if (store) {
        a.store(Memory.at(RAX, RDX), i);
      } else {
        a.load(i, Memory.at(RAX, RDX));
      }
      a.add(RAX, Collect.BYTES.memory());
      if (i % columns == columns - 1) {
        a.add(RAX, word(5));
      }
    }
  }
}
