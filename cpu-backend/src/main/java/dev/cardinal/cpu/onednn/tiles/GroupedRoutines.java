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
import dev.cardinal.cpu.onednn.tiles.GroupedArguments.Gather;
import dev.cardinal.cpu.onednn.tiles.GroupedColumns.Meeting;
import dev.cardinal.cpu.onednn.tiles.GroupedColumns.Run;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The machine code of convolutions in groups and of their inputs' gradients, written for the columns of one shape: a block of columns has its sums of 16 channels in registers. Of each place of the other map
 * one channel of every group is spread over the lanes of its group, and multiplied by the weights of all columns of the window that it meets: to spread costs a third of what to multiply does.
 */
final class GroupedRoutines {
  /** Columns of a block. */
  static final int MOST_COLUMNS = 14;
  /** Words of a row of taps: offsets of the source and of the weights. For every 16 channels of a group there is one. */
  static final int TAP_WORDS = 2;

  static final int VECTOR = 64;
  private static final int WORD = Long.BYTES;
  /** Columns of the window whose weights are in registers. */
  private static final int MOST_TAPS = 3;
  /** Vectors beside the sums. */
  private static final int ORDERS = 14;
  private static final int WEIGHTS = 22;
  private static final int SPREAD = 25;
  private static final int SPREADS = 4;
  private static final int LEAST = 22;
  private static final int MOST = 23;
  private static final int NEAR = 22;
  private static final int SUM = 23;
  private static final int SQUARES = 24;
  private static final int DIFFERENCE = 25;

  private final Assembler a;
  private final GroupedShape s;
  private final List<Run> runs;
  private final boolean streamed;
  private final boolean summed;
  private final int position;

  /**
   * For columns.
   *
   * @param streamed whether results go past the caches
   * @param summed whether sums over them are wanted
   */
  GroupedRoutines(Assembler a, GroupedShape s, List<Run> runs, boolean streamed, boolean summed) {
    this.a = a;
    this.s = s;
    this.runs = runs;
    this.streamed = streamed;
    this.summed = summed;
    this.position = (int) s.maps().position();
  }

  /** Orders of floats that spread each channel of groups of eight, two to a word. */
  static long[] orders() {
    long[] words = new long[8 * VECTOR / WORD];
    for (int i = 0; i < 8 * GroupedShape.VECTOR; i++) {
      long place = i / GroupedShape.VECTOR + i % GroupedShape.VECTOR / 8 * 8;
      words[i / 2] |= place << i % 2 * Integer.SIZE;
    }
    return words;
  }

  /** Lines that are asked for at a time. */
  static void fetch(Assembler a, Register next, Memory lines) {
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

  /**
   * Arguments: {@link Gather}.
   *
   * <p>Registers: {@code rsi} source and {@code rdi} target of the row, {@code r9} and {@code r10} of the block, {@code r8} rows and {@code r13} blocks to do, {@code rdx} bytes of channels done, {@code r11} their
   * weights, {@code r12} what is fetched next, {@code rbp} row of taps.
   */
  void write() {
    TileRoutines.address(a, RSI, Gather.SOURCE);
    TileRoutines.address(a, RDI, Gather.TARGET);
    a.load(R12, Gather.FETCHED.memory());
    if (s.width() == 8) {
      a.load(RAX, Gather.ORDERS.memory());
      for (int j = 0; j < s.width(); j++) {
        a.load(ORDERS + j, Memory.at(RAX, j * VECTOR));
      }
    }
    a.load(R8, Gather.ROWS.memory());
    Label row = a.here();
    for (Run r : runs) {
      a.address(R9, Memory.at(RSI, r.base() * position));
      a.address(R10, Memory.at(RDI, r.first() * position));
      a.move(R13, r.count());
      Label block = a.here();
      a.load(RDX, Gather.FIRST.memory());
      a.load(R11, Gather.WEIGHTS.memory());
      Label channels = a.here();
      block(r);
      a.add(R11, (int) s.vectorBytes());
      a.add(RDX, VECTOR);
      a.compare(RDX, Gather.END.memory());
      a.jump(Condition.BELOW, channels);
      a.add(R9, r.step() * position);
      a.add(R10, r.columns() * position);
      a.decrement(R13);
      a.jump(Condition.NOT_ZERO, block);
    }
    a.add(RSI, Gather.SOURCE_STEP.memory());
    a.add(RDI, Gather.TARGET_STEP.memory());
    a.decrement(R8);
    a.jump(Condition.NOT_ZERO, row);
    a.ret();
  }

  /** 16 channels of a block. */
  private void block(Run r) {
    fetch(a, R12, Gather.LINES.memory());
    a.load(RCX, Gather.INITIAL.memory());
    for (int c = 0; c < r.columns(); c++) {
      a.load(c, Memory.at(RCX, RDX));
    }
    a.load(RBP, Gather.TAPS.memory());
    Label end = a.label();
    Label tap = a.here();
    a.compare(RBP, Gather.TAPS_END.memory());
    a.jump(Condition.AT_LEAST, end);
    a.move(RAX, RDX);
    a.and(RAX, (int) -Math.max(VECTOR, s.groupBytes()));
    a.add(RAX, R9);
    a.add(RAX, Memory.at(RBP));
    a.load(RCX, Memory.at(RBP, WORD));
    a.add(RCX, R11);
    Integer[] taps = r.meetings().values().stream().flatMap(List::stream).map(Meeting::tap).collect(Collectors.toCollection(TreeSet::new)).toArray(new Integer[0]);
    for (int i = 0; i < taps.length; i += MOST_TAPS) {
      multiply(r, List.of(taps).subList(i, Math.min(taps.length, i + MOST_TAPS)));
    }
    a.add(RBP, TAP_WORDS * WORD);
    a.jump(tap);
    a.place(end);
    finish(r);
  }

  /** What some columns of the window give. */
  private void multiply(Run r, List<Integer> taps) {
    int next = 0;
    for (int j = 0; j < Math.min(s.width(), GroupedShape.VECTOR); j++) {
      for (int t = 0; t < taps.size(); t++) {
        a.load(WEIGHTS + t, Memory.at(RCX, (taps.get(t) * s.width() + j) * VECTOR));
      }
      for (Map.Entry<Integer, List<Meeting>> place : r.meetings().entrySet()) {
        List<Meeting> meetings = place.getValue().stream().filter(m -> taps.contains(m.tap())).toList();
        if (!meetings.isEmpty()) {
          int to = SPREAD + next++ % SPREADS;
          spread(to, place.getKey() * position, j);
          meetings.forEach(m -> a.vector(VectorOp.MULTIPLY_ADD, m.column(), to, WEIGHTS + taps.indexOf(m.tap())));
        }
      }
    }
  }

  /** Channel {@code j} of each group in all lanes of its group. */
  private void spread(int to, int offset, int j) {
    Memory at = Memory.at(RAX, offset);
    switch (s.width()) {
      case 2 -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, to, 0, at, j == 0 ? 0xA0 : 0xF5);
      case 4 -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, to, 0, at, j * 0x55);
      case 8 -> a.vector(VectorOp.PERMUTE, to, ORDERS + j, at);
      default -> a.broadcast(to, Memory.at(RAX, offset + j * Float.BYTES));
    }
  }

  private void finish(Run r) {
    a.broadcast(LEAST, Gather.LEAST.memory());
    a.broadcast(MOST, Gather.MOST.memory());
    for (int c = 0; c < r.columns(); c++) {
      // The second operand is taken where one is no number, so that such values stay.
      a.vector(VectorOp.MAXIMUM, c, LEAST, c);
      a.vector(VectorOp.MINIMUM, c, MOST, c);
    }
    if (summed) {
      sum(r.columns());
    }
    a.address(RAX, Memory.at(R10, RDX));
    for (int c = 0; c < r.columns(); c++) {
      if (streamed) {
        a.stream(Memory.at(RAX, c * position), c);
      } else {
        a.store(Memory.at(RAX, c * position), c);
      }
    }
  }

  /** Adds differences from a value that is near, and their squares. */
  private void sum(int columns) {
    a.load(RCX, Gather.SUMS.memory());
    a.add(RCX, RDX);
    a.load(NEAR, Memory.at(RCX));
    a.vector(VectorOp.SUBTRACT, SUM, 0, NEAR);
    a.vector(VectorOp.MULTIPLY, SQUARES, SUM, SUM);
    for (int c = 1; c < columns; c++) {
      a.vector(VectorOp.SUBTRACT, DIFFERENCE, c, NEAR);
      a.vector(VectorOp.ADD, SUM, SUM, DIFFERENCE);
      a.vector(VectorOp.MULTIPLY_ADD, SQUARES, DIFFERENCE, DIFFERENCE);
    }
    // Only then to the sums of all, so that fewer small numbers meet large ones.
    a.vector(VectorOp.ADD, SUM, SUM, Memory.at(RCX, position));
    a.vector(VectorOp.ADD, SQUARES, SQUARES, Memory.at(RCX, 2 * position));
    a.store(Memory.at(RCX, position), SUM);
    a.store(Memory.at(RCX, 2 * position), SQUARES);
  }
}
