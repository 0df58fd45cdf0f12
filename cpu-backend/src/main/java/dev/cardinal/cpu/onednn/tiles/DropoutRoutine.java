package dev.cardinal.cpu.onednn.tiles;

import static dev.cardinal.cpu.onednn.machine.Register.RCX;
import static dev.cardinal.cpu.onednn.machine.Register.RDI;
import static dev.cardinal.cpu.onednn.machine.Register.RDX;
import static dev.cardinal.cpu.onednn.machine.Register.RSI;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.VectorOp;
import dev.cardinal.cpu.onednn.tiles.TileJob.Drop;
import dev.cardinal.random.Philox;

/**
 * The machine code of dropout, random words included ({@link Philox}). Arguments: {@link Drop}.
 *
 * <p>A vector holds one word of each of eight blocks, in the lower halves of 64 bits: products are that wide, so what is in the upper halves need not be cleared but never counts. Two such groups of blocks side by side hide
 * how long a product takes.
 *
 * <p>Registers: {@code rsi} source, {@code rdi} target, {@code rdx} table, {@code rcx} chunks left.
 */
final class DropoutRoutine {
  private static final int VECTOR = PhiloxTable.ROW_BYTES;
  /** Vectors of a group: its blocks' words, and two that are free. */
  private static final int OF_GROUP = 6;

  private static final int MULTIPLIER_0 = PhiloxTable.GROUPS * OF_GROUP;
  private static final int MULTIPLIER_1 = MULTIPLIER_0 + 1;
  private static final int BLOCK = MULTIPLIER_0 + 2;
  private static final int PLACE = MULTIPLIER_0 + 3;
  private static final int COUNT = MULTIPLIER_0 + 4;
  private static final int LEAST = MULTIPLIER_0 + 5;
  private static final int KEEP = MULTIPLIER_0 + 6;
  private static final int LOWER = MULTIPLIER_0 + 7;
  private static final int UPPER = MULTIPLIER_0 + 8;

  /** Bytes between what is read and what is fetched: reading waits for the words. */
  private static final int AHEAD = 2048;

  private static final int INSIDE = 1;
  private static final int KEPT = 2;

  // Immediates.
  private static final int UPPER_TO_LOWER = 0xF5;
  private static final int EXCLUSIVE_OR = 0x96;
  private static final int EVEN = 0x88;
  private static final int ODD = 0xDD;
  private static final int UPPER_HALF = 0xEE;
  private static final int LOWER_HALVES = 0x44;

  private final Assembler a;

  private DropoutRoutine(Assembler a) {
    this.a = a;
  }

  static void write(Assembler a) {
    new DropoutRoutine(a).chunks();
  }

  private void chunks() {
    a.load(RSI, Drop.SOURCE.memory());
    a.load(RDI, Drop.TARGET.memory());
    a.load(RDX, Drop.TABLE.memory());
    a.load(RCX, Drop.CHUNKS.memory());
    a.load(MULTIPLIER_0, row(PhiloxTable.MULTIPLIERS));
    a.load(MULTIPLIER_1, row(PhiloxTable.MULTIPLIERS + 1));
    a.broadcastLong(BLOCK, Drop.BLOCK.memory());
    a.broadcast(PLACE, Drop.PLACE.memory());
    a.vector(VectorOp.ADD_INTEGERS, PLACE, PLACE, row(PhiloxTable.PLACES));
    a.broadcast(COUNT, Drop.COUNT.memory());
    a.broadcast(LEAST, Drop.LEAST.memory());
    a.broadcastLong(KEEP, Drop.KEEP.memory());
    Label chunk = a.here();
    int[][] words = new int[PhiloxTable.GROUPS][];
    for (int g = 0; g < words.length; g++) {
      words[g] = counters(g);
    }
    a.vector(VectorOp.ADD_LONGS, BLOCK, BLOCK, row(PhiloxTable.STEP));
    for (int r = 0; r < Philox.ROUNDS; r++) {
      for (int[] w : words) {
        round(w, r);
      }
    }
    for (int g = 0; g < words.length; g++) {
      interleave(words[g]);
      drop(2 * g, words[g][4]);
      drop(2 * g + 1, words[g][5]);
    }
    a.add(RSI, words.length * 2 * VECTOR);
    a.add(RDI, words.length * 2 * VECTOR);
    a.decrement(RCX);
    a.jump(Condition.NOT_ZERO, chunk);
    a.ret();
  }

  private static Memory row(int row) {
    return Memory.at(RDX, row * PhiloxTable.ROW_BYTES);
  }

  /** A group's registers: its blocks' counters, and two that are free. */
  private int[] counters(int group) {
    int[] w = new int[OF_GROUP];
    for (int i = 0; i < OF_GROUP; i++) {
      w[i] = group * OF_GROUP + i;
    }
    a.vector(VectorOp.ADD_LONGS, w[0], BLOCK, row(PhiloxTable.ORDERS + group));
    upper(w[1], w[0]);
    a.load(w[2], row(PhiloxTable.STREAM));
    a.load(w[3], row(PhiloxTable.STREAM + 1));
    return w;
  }

  private void upper(int to, int from) {
    a.vector(VectorOp.CHOOSE_IN_QUARTERS, to, 0, from, UPPER_TO_LOWER);
  }

  /** The products' lower halves are new words where they are, so the registers change their parts. */
  private void round(int[] w, int round) {
    a.vector(VectorOp.MULTIPLY_UNSIGNED, w[4], MULTIPLIER_0, w[0]);
    a.vector(VectorOp.MULTIPLY_UNSIGNED, w[5], MULTIPLIER_1, w[2]);
    upper(w[0], w[5]);
    upper(w[2], w[4]);
    a.vector(VectorOp.COMBINE, w[0], w[1], row(PhiloxTable.KEYS + 2 * round), EXCLUSIVE_OR);
    a.vector(VectorOp.COMBINE, w[2], w[3], row(PhiloxTable.KEYS + 2 * round + 1), EXCLUSIVE_OR);
    swap(w, 1, 5);
    swap(w, 3, 4);
  }

  private static void swap(int[] w, int i, int j) {
    int kept = w[i];
    w[i] = w[j];
    w[j] = kept;
  }

  /** The words in their order: in the free registers those of the first and those of the last four blocks. */
  private void interleave(int[] w) {
    a.vector(VectorOp.CHOOSE_OF_BOTH, w[0], w[0], w[1], EVEN);
    a.vector(VectorOp.CHOOSE_OF_BOTH, w[2], w[2], w[3], EVEN);
    a.vector(VectorOp.CHOOSE_OF_BOTH, w[4], w[0], w[2], EVEN);
    a.vector(VectorOp.CHOOSE_OF_BOTH, w[5], w[0], w[2], ODD);
  }

  /** Divided as doubles, because the probability of keeping is one. What is dropped is not even read: zeros stay zeros. */
  private void drop(int vector, int words) {
    a.prefetchSecond(Memory.at(RSI, vector * VECTOR + AHEAD));
    // Places before the first element are large numbers without a sign.
    a.below(INSIDE, PLACE, COUNT);
    a.vector(VectorOp.ADD_INTEGERS, PLACE, PLACE, row(PhiloxTable.PLACE_STEP));
    a.shiftRight(words, words, Byte.SIZE);
    a.notBelow(KEPT, words, LEAST, INSIDE);
    a.load(LOWER, Memory.at(RSI, vector * VECTOR), KEPT);
    a.vector(VectorOp.CHOOSE_QUARTERS, UPPER, LOWER, LOWER, UPPER_HALF);
    for (int half : new int[] {LOWER, UPPER}) {
      a.vector(VectorOp.WIDEN, half, 0, half);
      a.vector(VectorOp.DIVIDE_DOUBLES, half, half, KEEP);
      a.vector(VectorOp.NARROW, half, 0, half);
    }
    a.vector(VectorOp.CHOOSE_QUARTERS, LOWER, LOWER, UPPER, LOWER_HALVES);
    a.store(Memory.at(RDI, vector * VECTOR), LOWER, INSIDE);
  }
}
