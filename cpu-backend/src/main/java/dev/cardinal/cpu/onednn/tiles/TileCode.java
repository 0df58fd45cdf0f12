package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.OneDnn;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.MachineCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** All routines in executable memory, made once, where the processor and the system have tiles. System property {@code cardinal.cpu.tiles}, if {@code false}, keeps them unused. */
public final class TileCode {
  /** The routines. */
  enum Routine {
    THREAD(TileRoutines::thread), PAD(TileRoutines::pad), ADD(TileRoutines::add), LIMIT(TileRoutines::limit), SPLIT(TileRoutines::split), ACROSS(TileRoutines::across),
    PRODUCT_1_1(a -> new TileProducts(a, 1, 1, false, false).write()), PRODUCT_1_2(a -> new TileProducts(a, 1, 2, false, false).write()),
    PRODUCT_2_1(a -> new TileProducts(a, 2, 1, false, false).write()), PRODUCT_2_2(a -> new TileProducts(a, 2, 2, false, false).write()),
    STREAMED_1(a -> new TileProducts(a, 2, 1, false, true).write()), STREAMED_2(a -> new TileProducts(a, 2, 2, false, true).write()),
    SCATTERED_1(a -> new TileProducts(a, 2, 1, true, false).write()), SCATTERED_2(a -> new TileProducts(a, 2, 2, true, false).write());

    private final Consumer<Assembler> writer;

    Routine(Consumer<Assembler> writer) {
      this.writer = writer;
    }

    /** The product of blocks of so many tiles. */
    static Routine product(int tall, int broad) {
      return tall == 1 ? broad == 1 ? PRODUCT_1_1 : PRODUCT_1_2 : broad == 1 ? PRODUCT_2_1 : PRODUCT_2_2;
    }
  }

  private static final String PROPERTY = "cardinal.cpu.tiles";
  private static final int ALIGNMENT = 64;
  private static final Map<Routine, Long> ADDRESSES = place();

  private TileCode() {}

  /** Whether this machine has what tiles need. */
  public static boolean isThere() {
    return !ADDRESSES.isEmpty();
  }

  static long address(Routine r) {
    return ADDRESSES.get(r);
  }

  private static Map<Routine, Long> place() {
    Map<Routine, Long> addresses = new EnumMap<>(Routine.class);
    if (!MachineCode.suitsPlatform() || !OpenMp.isThere() || !OneDnn.hasTiles() || System.getProperty(PROPERTY, "true").equals("false")) {
      return addresses;
    }
    Assembler a = new Assembler();
    for (Routine r : Routine.values()) {
      while (a.position() % ALIGNMENT != 0) {
        a.ret();
      }
      addresses.put(r, (long) a.position());
      r.writer.accept(a);
    }
    long begin = MachineCode.place(a.code());
    if (begin == 0) {
      return Map.of();
    }
    addresses.replaceAll((r, offset) -> begin + offset);
    return addresses;
  }
}
