package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R11;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R14;
import static dev.cardinal.cpu.onednn.machine.Register.R15;
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

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;
import dev.cardinal.cpu.onednn.machine.VectorOp;

/**
 * The machine code of a job's threads and of what they do before and after products.
 *
 * <p>A float32 {@code a} is split as {@code a1 = bf16(a)}, {@code a2 = bf16(a - a1)}, {@code a3 = bf16(a - a1 - a2)}: with 8 bits each and signs of their own the three hold all 24 bits (Henry, Tang and
 * Heinecke, Leveraging the bfloat16 Artificial Intelligence Datatype For Higher-Precision Computations, ARITH 2019, section III). Parts below the smallest normal number (1.2e-38) are lost; of
 * numbers that round to an infinite bfloat16 (3.396e38 and more) nothing is left that is a number.
 *
 * <p>Registers within a job: {@code rbx} the job, {@code r14} the operation, {@code r15} the thread's own scratch memory; {@code zmm29} to {@code zmm31} constants.
 */
final class TileRoutines {
  /** An order of words that interleaves the two halves of a vector. */
  static final int INTERLEAVING = 30;
  /** The upper half of each 32 bits. */
  static final int UPPER = 31;
  static final int ZERO = 29;
  private static final int VECTOR = 64;
  /** Bytes of a map that are read one after the other, between what is read and what is fetched. */
  private static final int AHEAD = 2048;
  private static final int ROW_OF_TRANSPOSED = 2 * VECTOR;
  private static final int TRANSPOSED = 16 * ROW_OF_TRANSPOSED;
  private static final int SLAB = TRANSPOSED + Long.BYTES;

  private TileRoutines() {}

  /**
   * What every thread of the team runs: takes the next item of the job, waits until as many are done as it needs, and runs its operations. An item waits only for items taken before it, so the job ends with
   * any number of threads.
   *
   * @param tiles whether operations may use them
   */
  static void thread(Assembler a, boolean tiles) {
    Register[] saved = {RBX, RBP, R12, R13, R14, R15};
    for (Register r : saved) {
      a.push(r);
    }
    a.move(RBX, RDI);
    a.move(RAX, 1);
    a.exchangeAdd(Memory.at(RBX, TileJob.ARRIVED), RAX);
    a.multiply(RAX, Memory.at(RBX, TileJob.SCRATCH_STEP));
    a.add(RAX, Memory.at(RBX, TileJob.SCRATCH));
    a.move(R15, RAX);
    if (tiles) {
      a.configureTiles(Memory.at(RBX, TileJob.TILES));
    }
    constants(a);
    Label end = a.label();
    Label next = a.here();
    a.move(RAX, 1);
    a.exchangeAdd(Memory.at(RBX, TileJob.NEXT), RAX);
    a.compare(RAX, Memory.at(RBX, TileJob.COUNT));
    a.jump(Condition.AT_LEAST, end);
    doubled(a, RAX, 3);
    a.add(RAX, Memory.at(RBX, TileJob.ITEMS));
    a.load(R14, Memory.at(RAX));
    a.load(RCX, Memory.at(R14, TileJob.NEEDS));
    Label ready = a.label();
    Label wait = a.here();
    a.load(RAX, Memory.at(RBX, TileJob.DONE));
    a.compare(RAX, RCX);
    a.jump(Condition.AT_LEAST, ready);
    a.pause();
    a.jump(wait);
    Label operation = a.place(ready);
    a.call(Memory.at(R14, TileJob.ROUTINE));
    a.compare(Memory.at(R14, TileJob.MORE), 0);
    a.address(R14, Memory.at(R14, TileJob.OPERATION_BYTES));
    a.jump(Condition.NOT_ZERO, operation);
    a.countUp(Memory.at(RBX, TileJob.DONE));
    a.jump(next);
    a.place(end);
    if (tiles) {
      a.releaseTiles();
    }
    a.zeroUpper();
    for (int i = saved.length - 1; i >= 0; i--) {
      a.pop(saved[i]);
    }
    a.ret();
  }

  private static void constants(Assembler a) {
    a.vector(VectorOp.EXCLUSIVE_OR, ZERO, ZERO, ZERO);
    a.load(INTERLEAVING, Memory.at(RBX, TileJob.INTERLEAVING));
    a.load(UPPER, Memory.at(RBX, TileJob.UPPER));
  }

  /** The address that an argument names: as it is, or within the thread's scratch memory. */
  static void address(Assembler a, Register to, TileJob.Argument of) {
    a.load(to, of.own());
    a.and(to, R15);
    a.add(to, of.memory());
  }

  /** Copies rows and writes zeros after each. Arguments: {@link TileJob.Pad}. */
  static void pad(Assembler a) {
    address(a, RSI, TileJob.Pad.SOURCE);
    address(a, RDI, TileJob.Pad.TARGET);
    a.load(RDX, TileJob.Pad.ROWS.memory());
    Label row = a.here();
    a.move(RAX, 0);
    a.load(RCX, TileJob.Pad.BYTES.memory());
    Label copied = a.label();
    Label copy = a.here();
    a.compare(RAX, RCX);
    a.jump(Condition.AT_LEAST, copied);
    a.load(0, Memory.at(RSI, RAX));
    a.store(Memory.at(RDI, RAX), 0);
    a.add(RAX, VECTOR);
    a.jump(copy);
    a.place(copied);
    a.add(RCX, TileJob.Pad.ZERO_BYTES.memory());
    Label zeroed = a.label();
    Label zero = a.here();
    a.compare(RAX, RCX);
    a.jump(Condition.AT_LEAST, zeroed);
    a.store(Memory.at(RDI, RAX), ZERO);
    a.add(RAX, VECTOR);
    a.jump(zero);
    a.place(zeroed);
    a.add(RSI, TileJob.Pad.SOURCE_STEP.memory());
    a.add(RDI, TileJob.Pad.TARGET_STEP.memory());
    a.decrement(RDX);
    a.jump(Condition.NOT_ZERO, row);
    a.ret();
  }

  /** Adds floats. Arguments: {@link TileJob.Add}. */
  static void add(Assembler a) {
    address(a, RSI, TileJob.Add.SOURCE);
    address(a, RDI, TileJob.Add.TARGET);
    a.move(RAX, 0);
    Label vector = a.here();
    a.load(0, Memory.at(RSI, RAX));
    a.load(1, Memory.at(RDI, RAX));
    a.vector(VectorOp.ADD, 0, 0, 1);
    a.store(Memory.at(RDI, RAX), 0);
    a.add(RAX, VECTOR);
    a.compare(RAX, TileJob.Add.BYTES.memory());
    a.jump(Condition.BELOW, vector);
    a.ret();
  }

  /** Limits floats to a range. Arguments: {@link TileJob.Limit}. */
  static void limit(Assembler a) {
    address(a, RDI, TileJob.Limit.TARGET);
    a.load(RDX, TileJob.Limit.ROWS.memory());
    a.broadcast(1, TileJob.Limit.LEAST.memory());
    a.broadcast(2, TileJob.Limit.MOST.memory());
    Label row = a.here();
    a.move(RAX, 0);
    Label column = a.here();
    a.load(0, Memory.at(RDI, RAX));
    // The second operand is taken where one is no number, so that such values stay.
    a.vector(VectorOp.MAXIMUM, 0, 1, 0);
    a.vector(VectorOp.MINIMUM, 0, 2, 0);
    a.store(Memory.at(RDI, RAX), 0);
    a.add(RAX, VECTOR);
    a.compare(RAX, TileJob.Limit.BYTES.memory());
    a.jump(Condition.BELOW, column);
    a.add(RDI, TileJob.Limit.BYTES.memory());
    a.decrement(RDX);
    a.jump(Condition.NOT_ZERO, row);
    a.ret();
  }

  /** Splits pairs of vectors into pairs of words of three parts. Arguments: {@link TileJob.Split}. */
  static void split(Assembler a) {
    address(a, RSI, TileJob.Split.SOURCE);
    address(a, RDI, TileJob.Split.TARGET);
    a.load(R10, TileJob.Split.PART_STEP.memory());
    a.load(R12, TileJob.Split.SECOND.memory());
    a.load(R13, TileJob.Split.SOURCE_BLOCK_STEP.memory());
    a.load(R11, TileJob.Split.TARGET_BLOCK_STEP.memory());
    a.load(RBP, TileJob.Split.SLABS.memory());
    Label slab = a.here();
    a.push(RSI);
    a.push(RDI);
    a.load(RDX, TileJob.Split.ROWS.memory());
    // Row by row, as maps lie in memory: the processor then fetches ahead.
    Label row = a.here();
    a.move(R8, RSI);
    a.move(R9, RDI);
    a.load(RCX, TileJob.Split.BLOCKS.memory());
    splitVectors(a, () -> a.load(1, Memory.at(R8, R12)));
    a.add(RSI, TileJob.Split.SOURCE_STEP.memory());
    a.add(RDI, TileJob.Split.TARGET_STEP.memory());
    a.decrement(RDX);
    a.jump(Condition.NOT_ZERO, row);
    a.pop(RDI);
    a.pop(RSI);
    a.add(RSI, TileJob.Split.SOURCE_SLAB_STEP.memory());
    a.add(RDI, TileJob.Split.TARGET_SLAB_STEP.memory());
    a.decrement(RBP);
    a.jump(Condition.NOT_ZERO, slab);
    a.ret();
  }

  /** Splits {@code rcx} pairs of vectors at {@code r8}, {@code r13} bytes apart, to {@code r9}, {@code r11} bytes apart, parts {@code r10} bytes apart. */
  private static void splitVectors(Assembler a, Runnable loadSecond) {
    Label pair = a.here();
    fetch(a);
    a.load(0, Memory.at(R8));
    loadSecond.run();
    splitPair(a, 0);
    a.add(R8, R13);
    a.add(R9, R11);
    a.decrement(RCX);
    a.jump(Condition.NOT_ZERO, pair);
  }

  /** What is read later on from {@code r8}: the processor does not fetch far enough ahead by itself. */
  static void fetch(Assembler a) {
    a.prefetch(Memory.at(R8, AHEAD));
    a.prefetch(Memory.at(R8, AHEAD + VECTOR));
  }

  /** Splits a vector and the next one into 16 pairs of words at {@code r9} for each of three parts, {@code r10} bytes apart; takes three vectors more, and {@code rax}. */
  static void splitPair(Assembler a, int first) {
    round(a, first);
    a.store(Memory.at(R9), first + 2);
    rest(a, first);
    round(a, first);
    a.store(Memory.at(R9, R10), first + 2);
    rest(a, first);
    round(a, first);
    a.address(RAX, Memory.at(R9, R10));
    a.store(Memory.at(RAX, R10), first + 2);
  }

  private static void round(Assembler a, int first) {
    a.vector(VectorOp.ROUND_PAIR, first + 2, first + 1, first);
    a.vector(VectorOp.PERMUTE_WORDS, first + 2, INTERLEAVING, first + 2);
  }

  /** What the rounded pairs leave of both vectors. */
  private static void rest(Assembler a, int first) {
    a.shiftLeft(first + 3, first + 2, 16);
    a.vector(VectorOp.AND, first + 4, first + 2, UPPER);
    a.vector(VectorOp.SUBTRACT, first, first, first + 3);
    a.vector(VectorOp.SUBTRACT, first + 1, first + 1, first + 4);
  }

  /** Transposes and splits. Arguments: {@link TileJob.Across}. */
  static void across(Assembler a) {
    address(a, RSI, TileJob.Across.SOURCE);
    address(a, RDI, TileJob.Across.TARGET);
    a.load(R10, TileJob.Across.PART_STEP.memory());
    a.load(R11, TileJob.Across.TARGET_STEP.memory());
    a.move(R13, ROW_OF_TRANSPOSED);
    // Room for a transposed block, aligned; above it the stack's old end and the slab's source.
    a.move(RAX, RSP);
    a.subtract(RSP, TRANSPOSED + 2 * VECTOR);
    a.and(RSP, -VECTOR);
    a.store(Memory.at(RSP, TRANSPOSED), RAX);
    a.load(RBP, TileJob.Across.SLABS.memory());
    Label slab = a.here();
    a.store(Memory.at(RSP, SLAB), RSI);
    a.move(R12, RDI);
    a.load(RDX, TileJob.Across.BLOCKS.memory());
    Label block = a.here();
    a.move(RAX, RSI);
    transpose(a, 0);
    a.move(RAX, RSI);
    a.add(RAX, TileJob.Across.SECOND.memory());
    transpose(a, VECTOR);
    constants(a);
    a.move(R8, RSP);
    a.move(R9, R12);
    a.move(RCX, 16);
    splitVectors(a, () -> a.load(1, Memory.at(R8, VECTOR)));
    a.add(RSI, TileJob.Across.SOURCE_BLOCK_STEP.memory());
    a.add(R12, TileJob.Across.TARGET_BLOCK_STEP.memory());
    a.decrement(RDX);
    a.jump(Condition.NOT_ZERO, block);
    a.load(RSI, Memory.at(RSP, SLAB));
    a.add(RSI, TileJob.Across.SOURCE_SLAB_STEP.memory());
    a.add(RDI, VECTOR);
    a.decrement(RBP);
    a.jump(Condition.NOT_ZERO, slab);
    a.load(RAX, Memory.at(RSP, TRANSPOSED));
    a.move(RSP, RAX);
    a.ret();
  }

  /** Doubles a register some times. */
  static void doubled(Assembler a, Register r, int times) {
    for (int i = 0; i < times; i++) {
      a.add(r, r);
    }
  }

  /** Transposes 16 rows of 16 floats, from {@code rax} on, into half of each row at the stack's end. */
  private static void transpose(Assembler a, int offset) {
    a.load(RCX, TileJob.Across.ROW_STEP.memory());
    a.load(R9, TileJob.Across.SOURCE_SLAB_STEP.memory());
    for (int i = 0; i < 16; i++) {
      a.load(i, Memory.at(RAX));
      // Of the next slab.
      a.prefetchSecond(Memory.at(RAX, R9));
      a.add(RAX, RCX);
    }
    for (int i = 0; i < 16; i += 2) {
      a.vector(VectorOp.INTERLEAVE_LOW, 16 + i, i, i + 1);
      a.vector(VectorOp.INTERLEAVE_HIGH, 17 + i, i, i + 1);
    }
    for (int i = 0; i < 16; i += 4) {
      a.vector(VectorOp.INTERLEAVE_LOW_PAIRS, i, 16 + i, 18 + i);
      a.vector(VectorOp.INTERLEAVE_HIGH_PAIRS, i + 1, 16 + i, 18 + i);
      a.vector(VectorOp.INTERLEAVE_LOW_PAIRS, i + 2, 17 + i, 19 + i);
      a.vector(VectorOp.INTERLEAVE_HIGH_PAIRS, i + 3, 17 + i, 19 + i);
    }
    // Column j of each quarter, of rows 4g and after, is now in vector 4g + j.
    for (int j = 0; j < 4; j++) {
      a.vector(VectorOp.CHOOSE_QUARTERS, 16 + j, j, 4 + j, 0x88);
      a.vector(VectorOp.CHOOSE_QUARTERS, 20 + j, j, 4 + j, 0xDD);
      a.vector(VectorOp.CHOOSE_QUARTERS, 24 + j, 8 + j, 12 + j, 0x88);
      a.vector(VectorOp.CHOOSE_QUARTERS, 28 + j, 8 + j, 12 + j, 0xDD);
    }
    for (int j = 0; j < 4; j++) {
      a.vector(VectorOp.CHOOSE_QUARTERS, j, 16 + j, 24 + j, 0x88);
      a.vector(VectorOp.CHOOSE_QUARTERS, 8 + j, 16 + j, 24 + j, 0xDD);
      a.vector(VectorOp.CHOOSE_QUARTERS, 4 + j, 20 + j, 28 + j, 0x88);
      a.vector(VectorOp.CHOOSE_QUARTERS, 12 + j, 20 + j, 28 + j, 0xDD);
    }
    for (int j = 0; j < 16; j++) {
      a.store(Memory.at(RSP, j * ROW_OF_TRANSPOSED + offset), j);
    }
  }
}
