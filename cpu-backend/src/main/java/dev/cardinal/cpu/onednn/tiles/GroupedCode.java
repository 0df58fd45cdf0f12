package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.MachineCode;
import dev.cardinal.cpu.onednn.tiles.DepthwiseShape.Axis;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Machine code for the columns of shapes, written when it is first asked for: some kilobytes each, which stay. */
final class GroupedCode {
  /** What code does. */
  enum Kind {
    /** A convolution, its input's gradient. */
    FORWARD, BACKWARD,
    /** The same for one column in the middle. */
    FORWARD_NEAR, BACKWARD_NEAR,
    /** The gradient of weights. */
    COLLECT
  }

  /** What code depends on. */
  private record Key(Kind kind, Axis columns, int channels, int width, boolean streamed, boolean summed) {}

  private static final Map<Key, Long> ADDRESSES = new ConcurrentHashMap<>();

  private GroupedCode() {}

  /** The address of the code. */
  static long of(Kind kind, GroupedShape s, boolean streamed, boolean summed) {
    return ADDRESSES.computeIfAbsent(new Key(kind, s.maps().columns(), s.maps().channels(), s.width(), streamed, summed), k -> placed(writer(kind, s, streamed, summed)));
  }

  private static Consumer<Assembler> writer(Kind kind, GroupedShape s, boolean streamed, boolean summed) {
    Axis columns = s.maps().columns();
    boolean backward = kind == Kind.BACKWARD || kind == Kind.BACKWARD_NEAR;
    return switch (kind) {
      case FORWARD, BACKWARD -> a -> new GroupedRoutines(a, s, GroupedColumns.of(columns, backward, GroupedRoutines.MOST_COLUMNS), streamed, summed).write();
      case FORWARD_NEAR, BACKWARD_NEAR -> a -> new GroupedRoutines(a, s, GroupedColumns.only(columns, backward, columns.written(backward) / 2), streamed, summed).write();
      case COLLECT -> a -> new GroupedSums(a, s).write();
    };
  }

  private static long placed(Consumer<Assembler> writer) {
    Assembler a = new Assembler();
    writer.accept(a);
    long address = MachineCode.place(a.code());
    if (address == 0) {
      throw new IllegalStateException("the system gave no executable memory for " + a.position() + " bytes of machine code; set -Dcardinal.cpu.tiles=false to do without it");
    }
    return address;
  }
}
