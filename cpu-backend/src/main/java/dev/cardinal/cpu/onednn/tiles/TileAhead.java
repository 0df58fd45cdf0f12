package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.R10;
import static dev.cardinal.cpu.onednn.machine.Register.R11;
import static dev.cardinal.cpu.onednn.machine.Register.R12;
import static dev.cardinal.cpu.onednn.machine.Register.R13;
import static dev.cardinal.cpu.onednn.machine.Register.R15;
import static dev.cardinal.cpu.onednn.machine.Register.R8;
import static dev.cardinal.cpu.onednn.machine.Register.R9;
import static dev.cardinal.cpu.onednn.machine.Register.RAX;
import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;
import static dev.cardinal.cpu.onednn.machine.Register.RSP;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.Register;
import dev.cardinal.cpu.onednn.tiles.TileJob.Ahead;

/**
 * The part of {@link TileProducts} that splits rows which the next product will multiply, some pairs of vectors in each slice of the sum: tiles leave the processor's other units idle, and its memory too.
 *
 * <p>Registers meanwhile: {@code r8} source, {@code r9} target, {@code r10} from part to part, {@code r11} from block to block, {@code rcx} blocks left in the row, {@code rdx} the row's target;
 * where rows are normalised {@code r12} coefficients, {@code r13} from one row of them to the next, {@code rsi} masks.
 */
final class TileAhead {
  private static final int WORD = 8;
  private static final int VECTOR = 64;
  private static final Register[] SAVED = {R8, R9, R10, RCX, RDX, R12, R13, RSI};
  /** How many of them are needed where nothing is normalised. */
  private static final int PLAIN = 5;
  /** Bytes of the stack. */
  static final int FRAME = (8 + SAVED.length) * WORD;
  /** The first of the vectors, which sums do not need. */
  private static final int VECTORS = 20;

  private final Assembler a;
  private final Memory source;
  private final Memory target;
  private final Memory row;
  private final Memory blocks;
  /** Pairs left. */
  private final Memory left;
  private final Memory slice;
  /** Of the next pair, where rows are normalised. */
  private final Memory coefficients;
  private final Memory mask;
  private final int saved;
  private final boolean normalised;

  /**
   * The part of one product.
   *
   * @param normalised whether rows are normalised and rectified before
   * @param frame where its part of the stack begins
   */
  TileAhead(Assembler a, boolean normalised, int frame) {
    this.normalised = normalised;
    this.a = a;
    this.source = Memory.at(RSP, frame);
    this.target = Memory.at(RSP, frame + WORD);
    this.row = Memory.at(RSP, frame + 2 * WORD);
    this.blocks = Memory.at(RSP, frame + 3 * WORD);
    this.left = Memory.at(RSP, frame + 4 * WORD);
    this.slice = Memory.at(RSP, frame + 5 * WORD);
    this.coefficients = Memory.at(RSP, frame + 6 * WORD);
    this.mask = Memory.at(RSP, frame + 7 * WORD);
    this.saved = frame + 8 * WORD;
  }

  private void keep(Memory in, TileJob.Argument given) {
    a.load(RAX, given.memory());
    a.store(in, RAX);
  }

  /** Nothing is split yet. */
  void begin() {
    keep(source, Ahead.SOURCE);
    keep(blocks, Ahead.BLOCKS);
    keep(left, Ahead.PAIRS);
    a.load(RAX, Ahead.TARGET.memory());
    a.add(RAX, R15);
    a.store(target, RAX);
    a.store(row, RAX);
    if (normalised) {
      keep(coefficients, Ahead.COEFFICIENTS);
      keep(mask, Ahead.MASK);
    }
  }

  private int savedCount() {
    return normalised ? SAVED.length : PLAIN;
  }

  /** Some pairs more, if any are left. */
  void slice() {
    Label end = a.label();
    a.compare(left, 0);
    a.jump(Condition.ZERO, end);
    for (int i = 0; i < savedCount(); i++) {
      a.store(Memory.at(RSP, saved + i * WORD), SAVED[i]);
    }
    keep(slice, Ahead.SLICE);
    a.load(R8, source);
    a.load(R9, target);
    a.load(R10, Ahead.PART_STEP.memory());
    a.load(R11, Ahead.BLOCK_STEP.memory());
    a.load(RCX, blocks);
    a.load(RDX, row);
    if (normalised) {
      a.load(R12, coefficients);
      a.load(R13, Ahead.COEFFICIENT_STEP.memory());
      a.load(RSI, mask);
    }
    Label done = a.label();
    Label pair = a.here();
    pair();
    a.decrement(left);
    a.jump(Condition.ZERO, done);
    a.decrement(slice);
    a.jump(Condition.NOT_ZERO, pair);
    a.place(done);
    a.store(source, R8);
    a.store(target, R9);
    a.store(blocks, RCX);
    a.store(row, RDX);
    if (normalised) {
      a.store(coefficients, R12);
      a.store(mask, RSI);
    }
    for (int i = 0; i < savedCount(); i++) {
      a.load(SAVED[i], Memory.at(RSP, saved + i * WORD));
    }
    a.place(end);
  }

  private void pair() {
    TileRoutines.fetch(a);
    a.load(VECTORS, Memory.at(R8));
    a.load(VECTORS + 1, Memory.at(R8, VECTOR));
    if (normalised) {
      ScalingRoutines.rectify(a, VECTORS, R12, R13, RSI);
    }
    TileRoutines.splitPair(a, VECTORS);
    a.add(R8, 2 * VECTOR);
    a.add(R9, R11);
    a.decrement(RCX);
    Label within = a.label();
    a.jump(Condition.NOT_ZERO, within);
    a.add(RDX, VECTOR);
    a.move(R9, RDX);
    a.load(RCX, Ahead.BLOCKS.memory());
    if (normalised) {
      a.load(R12, Ahead.COEFFICIENTS.memory());
    }
    a.place(within);
  }
}
