package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R11;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RBP;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;
import dev.cardinal.cpu.onednn.machine.VectorOp;
import dev.cardinal.cpu.onednn.tiles.TileJob.Split;

/** The machine code that splits maps which it normalises and rectifies on the way ({@link Scaling}), so that nobody need write the normalised map down. Arguments: {@link Split}. */
final class ScalingRoutines {
  private static final int VECTOR = 64;
  /** Bytes of a vector's mask. */
  private static final int MASK = 2;

  private ScalingRoutines() {}

  /**
   * Splits pairs of vectors, the second of each {@code SECOND} bytes after the first, after they are normalised and rectified as {@link NormaliseRoutines#normalise} does, to the same bits. There is one slab, and
   * neighbouring pairs are 64 bytes apart.
   */
  static void ofTwoRows(Assembler a) {
    pairs(a, true);
  }

  /** The same of pairs of neighbouring vectors, {@code SECOND} being of no account; keeps where they are neither 0 nor the most. */
  static void ofOneRow(Assembler a) {
    pairs(a, false);
  }

  private static void pairs(Assembler a, boolean twoRows) {
    TileRoutines.address(a, RSI, Split.SOURCE);
    TileRoutines.address(a, RDI, Split.TARGET);
    a.load(R10, Split.PART_STEP.memory());
    a.load(R11, Split.TARGET_BLOCK_STEP.memory());
    a.load(R12, twoRows ? Split.SECOND.memory() : Split.MASK.memory());
    a.load(R13, Split.COEFFICIENT_STEP.memory());
    a.load(RDX, Split.ROWS.memory());
    Label row = a.here();
    a.move(R8, RSI);
    a.move(R9, RDI);
    a.load(RBP, Split.COEFFICIENTS.memory());
    a.load(RCX, Split.BLOCKS.memory());
    Label pair = a.here();
    TileRoutines.fetch(a);
    a.load(0, Memory.at(R8));
    a.load(1, twoRows ? Memory.at(R8, R12) : Memory.at(R8, VECTOR));
    if (twoRows) {
      cutBoth(a);
    } else {
      rectify(a, 0, RBP, R13, R12);
    }
    TileRoutines.splitPair(a, 0);
    a.add(R8, twoRows ? VECTOR : 2 * VECTOR);
    a.add(R9, R11);
    a.decrement(RCX);
    a.jump(Condition.NOT_ZERO, pair);
    a.add(RSI, Split.SOURCE_STEP.memory());
    a.add(RDI, Split.TARGET_STEP.memory());
    a.decrement(RDX);
    a.jump(Condition.NOT_ZERO, row);
    a.ret();
  }

  /** Normalises and rectifies two vectors by the same coefficients. */
  private static void cutBoth(Assembler a) {
    both(a, VectorOp.SUBTRACT, Memory.at(RBP));
    both(a, VectorOp.MULTIPLY, Memory.at(RBP, R13));
    a.address(RAX, Memory.at(RBP, R13));
    both(a, VectorOp.ADD, Memory.at(RAX, R13));
    a.address(RAX, Memory.at(RAX, R13));
    a.load(2, Memory.at(RAX, R13));
    NormaliseRoutines.cut(a, 0, 2);
    NormaliseRoutines.cut(a, 1, 2);
    a.add(RBP, VECTOR);
  }

  private static void both(Assembler a, VectorOp op, Memory coefficients) {
    a.load(2, coefficients);
    a.vector(op, 0, 0, 2);
    a.vector(op, 1, 1, 2);
  }

  /**
   * Normalises and rectifies a vector and the next one by {@code coefficients}, rows of which are {@code step} bytes apart, and keeps at {@code mask} where they are neither 0 nor the most; both go on. Takes {@code rax} and the third
   * vector.
   */
  static void rectify(Assembler a, int first, Register coefficients, Register step, Register mask) {
    int most = first + 2;
    a.address(RAX, Memory.at(coefficients, step));
    for (int i = 0; i < 2; i++) {
      int v = first + i;
      a.vector(VectorOp.SUBTRACT, v, v, Memory.at(coefficients, i * VECTOR));
      a.vector(VectorOp.MULTIPLY, v, v, Memory.at(RAX, i * VECTOR));
      a.vector(VectorOp.ADD, v, v, new Memory(RAX, step, i * VECTOR));
    }
    a.address(RAX, Memory.at(RAX, step));
    for (int i = 0; i < 2; i++) {
      a.load(most, new Memory(RAX, step, i * VECTOR));
      NormaliseRoutines.limit(a, first + i, most, Memory.at(mask, i * MASK));
    }
    a.add(coefficients, 2 * VECTOR);
    a.add(mask, 2 * MASK);
  }
}
