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

/**
 * The machine code of batch normalisation by given statistics, of its gradient and of the sums for both, and of the gradient of ReLU. All go through rows as they lie in memory, which is what takes the time; coefficients and sums of columns
 * stay in the cache of the first level. Arguments: {@link TileJob.Rows}.
 *
 * <p>Registers: {@code rsi} source, {@code rdi} target, {@code r8} second and {@code rbp} third map, {@code r9} masks, {@code rax} bytes of the row done, {@code rcx} rows left, {@code r10} bytes of a row; the four rows of coefficients
 * or sums at {@code rdx}, {@code r11}, {@code r12} and {@code r13}.
 */
final class NormaliseRoutines {
  private static final int VECTOR = 64;
  private static final int MASK = 2;
  private static final Register[] ROWS = {RDX, R11, R12, R13};
  private static final int ZERO = 29;
  private static final int SECOND = 1;
  private static final int GIVEN = 2;
  private static final int THIRD = 3;

  /** Bytes between what is read and what is fetched, into the cache of the second level alone: the processor does not fetch far enough ahead by itself, and little can be on its way to the first level. */
  private static final int AHEAD = 2048;

  private final Assembler a;
  private final int maps;

  private NormaliseRoutines(Assembler a, int maps) {
    this.a = a;
    this.maps = maps;
  }

  /** y = (x - mean) factor + shift, plus the second map if there is a residual; rectified, that between 0 and the most, and where it is neither. Coefficients: mean, factor, shift, the most. */
  static void normalise(Assembler a, boolean residual, boolean rectified, boolean streamed) {
    new NormaliseRoutines(a, residual ? 2 : 1).rows(rectified, n -> {
      a.load(0, Memory.at(RSI, RAX));
      n.given(0);
      a.vector(VectorOp.SUBTRACT, 0, 0, GIVEN);
      n.given(1);
      a.vector(VectorOp.MULTIPLY, 0, 0, GIVEN);
      n.given(2);
      a.vector(VectorOp.ADD, 0, 0, GIVEN);
      if (residual) {
        a.load(SECOND, Memory.at(R8, RAX));
        a.vector(VectorOp.ADD, 0, 0, SECOND);
      }
      if (rectified) {
        n.given(3);
        limit(a, 0, GIVEN, Memory.at(R9));
      }
      n.write(streamed);
    });
  }

  /** {@code v} between 0 and {@code most}; a bit for each element says whether it was there already, and neither. */
  static void limit(Assembler a, int v, int most, Memory bits) {
    a.greater(1, v, ZERO);
    a.greater(1, most, v, 1);
    a.storeMask(bits, 1);
    cut(a, v, most);
  }

  /** {@code v} between 0 and {@code most}. */
  static void cut(Assembler a, int v, int most) {
    // The second operand is taken where one is no number, so that such values stay.
    a.vector(VectorOp.MAXIMUM, v, ZERO, v);
    a.vector(VectorOp.MINIMUM, v, most, v);
  }

  /** Sums of differences from a value and of their squares. Coefficients: the value, both sums. */
  static void moments(Assembler a) {
    new NormaliseRoutines(a, 1).rows(false, n -> {
      a.load(0, Memory.at(RSI, RAX));
      n.given(0);
      a.vector(VectorOp.SUBTRACT, 0, 0, GIVEN);
      n.given(1);
      a.vector(VectorOp.ADD, GIVEN, GIVEN, 0);
      n.give(1);
      n.given(2);
      a.vector(VectorOp.MULTIPLY_ADD, GIVEN, 0, 0);
      n.give(2);
    });
  }

  /** Sums of dy and of dy (x - mean), dy being zero where the mask is; the third map may be added to dy, which may be kept as the target. Coefficients: mean, both sums. */
  static void sums(Assembler a, boolean masked, boolean kept, boolean added) {
    new NormaliseRoutines(a, added ? 3 : 2).rows(masked, n -> {
      n.both(masked);
      if (added) {
        a.load(THIRD, Memory.at(RBP, RAX), 1);
        a.vector(VectorOp.ADD, 0, 0, THIRD);
      }
      if (kept) {
        n.write(false);
      }
      n.given(1);
      a.vector(VectorOp.ADD, GIVEN, GIVEN, 0);
      n.give(1);
      n.given(2);
      a.vector(VectorOp.MULTIPLY_ADD, GIVEN, 0, SECOND);
      n.give(2);
    });
  }

  /** dx = dy factor + (x - mean) slope + offset. Coefficients: mean, factor, slope, offset. */
  static void gradient(Assembler a, boolean masked, boolean streamed) {
    new NormaliseRoutines(a, 2).rows(masked, n -> {
      n.both(masked);
      n.given(1);
      a.vector(VectorOp.MULTIPLY, 0, 0, GIVEN);
      n.given(2);
      a.vector(VectorOp.MULTIPLY_ADD, 0, SECOND, GIVEN);
      n.given(3);
      a.vector(VectorOp.ADD, 0, 0, GIVEN);
      n.write(streamed);
    });
  }

  /** dx = dy where the second map is positive, else 0, and its sums if they are wanted. Coefficients: the sums. */
  static void rectify(Assembler a, boolean summed) {
    new NormaliseRoutines(a, 2).rows(false, n -> {
      a.load(SECOND, Memory.at(R8, RAX));
      a.greater(1, SECOND, ZERO);
      a.load(0, Memory.at(RSI, RAX), 1);
      n.write(false);
      if (summed) {
        n.given(0);
        a.vector(VectorOp.ADD, GIVEN, GIVEN, 0);
        n.give(0);
      }
    });
  }

  /** What is done to one vector. */
  private interface Element {
    void write(NormaliseRoutines n);
  }

  private void rows(boolean masked, Element element) {
    TileRoutines.address(a, RSI, TileJob.Rows.SOURCE);
    TileRoutines.address(a, RDI, TileJob.Rows.TARGET);
    a.load(R8, TileJob.Rows.SECOND.memory());
    a.load(RBP, TileJob.Rows.THIRD.memory());
    a.load(R9, TileJob.Rows.MASK.memory());
    a.load(R10, TileJob.Rows.BYTES.memory());
    a.load(RCX, TileJob.Rows.ROWS.memory());
    a.load(RDX, TileJob.Rows.COEFFICIENTS.memory());
    for (int i = 1; i < ROWS.length; i++) {
      a.address(ROWS[i], Memory.at(ROWS[i - 1], R10));
    }
    Label row = a.here();
    a.move(RAX, 0);
    Label vector = a.here();
    a.prefetchSecond(new Memory(RSI, RAX, AHEAD));
    if (maps >= 2) {
      a.prefetchSecond(new Memory(R8, RAX, AHEAD));
    }
    if (maps == 3) {
      a.prefetchSecond(new Memory(RBP, RAX, AHEAD));
    }
    element.write(this);
    a.add(RAX, VECTOR);
    if (masked) {
      a.add(R9, MASK);
    }
    a.compare(RAX, R10);
    a.jump(Condition.BELOW, vector);
    a.add(RSI, TileJob.Rows.SOURCE_STEP.memory());
    for (Register r : new Register[] {RDI, R8, RBP}) {
      a.add(r, R10);
    }
    a.decrement(RCX);
    a.jump(Condition.NOT_ZERO, row);
    a.ret();
  }

  private void given(int row) {
    a.load(GIVEN, Memory.at(ROWS[row], RAX));
  }

  private void give(int row) {
    a.store(Memory.at(ROWS[row], RAX), GIVEN);
  }

  /** The gradient, and the difference of the other map from the mean. */
  private void both(boolean masked) {
    if (masked) {
      a.loadMask(1, Memory.at(R9));
      a.load(0, Memory.at(RSI, RAX), 1);
    } else {
      a.load(0, Memory.at(RSI, RAX));
    }
    a.load(SECOND, Memory.at(R8, RAX));
    given(0);
    a.vector(VectorOp.SUBTRACT, SECOND, SECOND, GIVEN);
  }

  private void write(boolean streamed) {
    if (streamed) {
      a.stream(Memory.at(RDI, RAX), 0);
    } else {
      a.store(Memory.at(RDI, RAX), 0);
    }
  }
}
