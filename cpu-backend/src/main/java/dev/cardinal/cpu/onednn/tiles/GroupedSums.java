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

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.Assembler.Condition;
import dev.cardinal.cpu.onednn.machine.Assembler.Label;
import dev.cardinal.cpu.onednn.machine.Memory;
import dev.cardinal.cpu.onednn.machine.VectorOp;
import dev.cardinal.cpu.onednn.tiles.GroupedArguments.Collect;
import dev.cardinal.cpu.onednn.tiles.GroupedColumns.Meeting;
import dev.cardinal.cpu.onednn.tiles.GroupedColumns.Run;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The machine code of gradients of the weights of convolutions in groups, written for the columns of one shape: for one row of the window, sums of 16 inputs stay in registers, one for each column of the window
 * and channel of the output's group, while many rows of both maps go by. Of each output's gradient one channel of every group is spread over the lanes of its group, for all columns of the window.
 */
final class GroupedSums {
  /** Columns of a block, which is written again and again: what reads the same places is near. */
  private static final int MOST_COLUMNS = 14;
  /** Columns of the window, and channels of a group, whose sums are in registers. */
  private static final int MOST_TAPS = 3;
  private static final int MOST_CHANNELS = 8;
  private static final int VECTOR = GroupedRoutines.VECTOR;
  /** Vectors beside the sums. */
  private static final int PLACES = 24;
  private static final int PLACE_COUNT = 3;
  private static final int HALF = 27;
  private static final int SPREAD = 28;

  private final Assembler a;
  private final GroupedShape s;
  private final List<Run> runs;
  private final int position;
  private final int channels;
  /** The places that are in registers, and the register whose turn it is. */
  private final Map<Integer, Integer> held = new HashMap<>();
  private int next;

  GroupedSums(Assembler a, GroupedShape s) {
    this.a = a;
    this.s = s;
    this.runs = GroupedColumns.of(s.maps().columns(), false, MOST_COLUMNS);
    this.position = (int) s.maps().position();
    this.channels = Math.min(s.width(), MOST_CHANNELS);
  }

  /** How often a row is gone through. */
  static int passes(GroupedShape s) {
    return s.vectors() * (s.width() / Math.min(s.width(), MOST_CHANNELS)) * ((s.maps().columns().kernel() + MOST_TAPS - 1) / MOST_TAPS);
  }

  /**
   * Arguments: {@link Collect}.
   *
   * <p>Registers: {@code rdx} bytes of channels done, {@code r11} their sums; {@code rsi} and {@code rdi} source and gradient of the sample, {@code r9} and {@code r10} of the row, {@code rax} and {@code rcx} of the
   * block; {@code r8} samples, {@code r13} rows and {@code rbp} blocks to do; {@code r12} and {@code rbx} what is fetched next. On the stack: groups of channels of the output to do, and where their gradient is.
   */
  void write() {
    a.push(RBX);
    a.load(R12, Collect.FETCHED.memory());
    a.load(RBX, Collect.GRADIENT_FETCHED.memory());
    TileRoutines.address(a, R11, Collect.TARGET);
    a.load(RDX, Collect.FIRST.memory());
    Label vector = a.here();
    for (int tap = 0; tap < s.maps().columns().kernel(); tap += MOST_TAPS) {
      part(tap, Math.min(s.maps().columns().kernel(), tap + MOST_TAPS));
    }
    a.add(R11, (int) s.vectorBytes());
    a.add(RDX, VECTOR);
    a.compare(RDX, Collect.END.memory());
    a.jump(Condition.BELOW, vector);
    a.pop(RBX);
    a.ret();
  }

  /** Some columns of the window. */
  private void part(int begin, int end) {
    int rounds = s.width() / channels;
    TileRoutines.address(a, RAX, Collect.GRADIENT);
    a.move(RCX, RDX);
    a.and(RCX, (int) -Math.max(VECTOR, s.groupBytes()));
    a.add(RAX, RCX);
    a.push(RAX);
    a.move(RCX, rounds);
    a.push(RCX);
    Label round = a.here();
    sums(begin, end, false);
    TileRoutines.address(a, RSI, Collect.SOURCE);
    a.add(RSI, RDX);
    a.load(RDI, Memory.at(RSP, Long.BYTES));
    a.load(R8, Collect.SAMPLES.memory());
    Label sample = a.here();
    a.move(R9, RSI);
    a.move(R10, RDI);
    a.load(R13, Collect.ROWS.memory());
    Label row = a.here();
    GroupedRoutines.fetch(a, R12, Collect.LINES.memory());
    GroupedRoutines.fetch(a, RBX, Collect.GRADIENT_LINES.memory());
    for (Run r : runs) {
      a.address(RAX, Memory.at(R9, r.base() * position));
      a.address(RCX, Memory.at(R10, r.first() * position));
      a.move(RBP, r.count());
      Label block = a.here();
      block(r, begin, end);
      a.add(RCX, r.columns() * position);
      a.address(RAX, Memory.at(RAX, r.step() * position));
      a.decrement(RBP);
      a.jump(Condition.NOT_ZERO, block);
    }
    a.add(R9, Collect.SOURCE_STEP.memory());
    a.add(R10, Collect.GRADIENT_STEP.memory());
    a.decrement(R13);
    a.jump(Condition.NOT_ZERO, row);
    a.add(RSI, Collect.SOURCE_SAMPLE.memory());
    a.add(RDI, Collect.GRADIENT_SAMPLE.memory());
    a.decrement(R8);
    a.jump(Condition.NOT_ZERO, sample);
    sums(begin, end, true);
    a.add(R11, channels * VECTOR);
    a.load(RAX, Memory.at(RSP, Long.BYTES));
    a.address(RAX, Memory.at(RAX, channels * Float.BYTES));
    a.store(Memory.at(RSP, Long.BYTES), RAX);
    a.decrement(Memory.at(RSP));
    a.jump(Condition.NOT_ZERO, round);
    a.pop(RCX);
    a.pop(RCX);
    a.subtract(R11, rounds * channels * VECTOR);
  }

  private int sum(int tap, int channel) {
    return tap * channels + channel;
  }

  /** Loads or stores sums. */
  private void sums(int begin, int end, boolean store) {
    for (int t = begin; t < end; t++) {
      for (int j = 0; j < channels; j++) {
        Memory at = Memory.at(R11, (t * s.width() + j) * VECTOR);
        if (store) {
          a.store(at, sum(t - begin, j));
        } else {
          a.load(sum(t - begin, j), at);
        }
      }
    }
  }

  private void block(Run r, int begin, int end) {
    held.clear();
    Map<Integer, Map<Integer, Integer>> places = new HashMap<>();
    r.meetings().forEach((place, meetings) -> {
      for (Meeting m : meetings) {
        if (m.tap() >= begin && m.tap() < end) {
          places.computeIfAbsent(m.column(), c -> new TreeMap<>()).put(m.tap(), place);
        }
      }
    });
    for (int c = 0; c < r.columns(); c++) {
      Map<Integer, Integer> met = places.get(c);
      if (met == null) {
        continue;
      }
      Map<Integer, Integer> registers = new TreeMap<>();
      met.forEach((tap, place) -> registers.put(tap, held(place, List.copyOf(met.values()))));
      for (int j = 0; j < channels; j++) {
        spread(c * position, j);
        int channel = j;
        registers.forEach((tap, place) -> a.vector(VectorOp.MULTIPLY_ADD, sum(tap - begin, channel), SPREAD, place));
      }
    }
  }

  /** The register of a place, loaded if need be, but not over one that is needed with it. */
  private int held(int place, List<Integer> needed) {
    Integer known = held.get(place);
    if (known != null) {
      return known;
    }
    while (true) {
      int r = PLACES + next++ % PLACE_COUNT;
      List<Integer> out = new ArrayList<>(held.keySet().stream().filter(p -> held.get(p) == r).toList());
      if (out.stream().noneMatch(needed::contains)) {
        out.forEach(held::remove);
        held.put(place, r);
        a.load(r, Memory.at(RAX, place * position));
        return r;
      }
    }
  }

  /** Channel {@code j} of each group in all lanes of its group. */
  private void spread(int offset, int j) {
    Memory at = Memory.at(RCX, offset);
    switch (s.width()) {
      case 2 -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, SPREAD, 0, at, j == 0 ? 0xA0 : 0xF5);
      case 4 -> a.vector(VectorOp.CHOOSE_IN_QUARTERS, SPREAD, 0, at, j * 0x55);
      case 8 -> {
        if (j % 4 == 0) {
          a.vector(VectorOp.CHOOSE_PAIRS, HALF, 0, at, j == 0 ? 0x44 : 0xEE);
        }
        a.vector(VectorOp.CHOOSE_IN_QUARTERS, SPREAD, 0, HALF, j % 4 * 0x55);
      }
      default -> a.broadcast(SPREAD, Memory.at(RCX, offset + j * Float.BYTES));
    }
  }
}
