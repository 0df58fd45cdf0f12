package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.binding.OneDnn;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.machine.Assembler;
import dev.cardinal.cpu.onednn.machine.MachineCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** All routines in executable memory, made once, where the processor has vectors of 512 bits; of some only those may be used that do without tiles. System property {@code cardinal.cpu.tiles}, if {@code false}, keeps them unused. */
public final class TileCode {
  /** The routines. */
  enum Routine {
    THREAD(a -> TileRoutines.thread(a, OneDnn.hasTiles())), PAD(TileRoutines::pad), ADD(TileRoutines::add), LIMIT(TileRoutines::limit), SPLIT(TileRoutines::split), ACROSS(TileRoutines::across),
    SPLIT_NORMALISED(ScalingRoutines::ofTwoRows), SPLIT_RECTIFIED(ScalingRoutines::ofOneRow),
    MOMENTS(NormaliseRoutines::moments), NORMALISE(a -> NormaliseRoutines.normalise(a, false, false, false)), STREAMED_NORMALISE(a -> NormaliseRoutines.normalise(a, false, false, true)),
    RESIDUAL_NORMALISE(a -> NormaliseRoutines.normalise(a, true, false, false)), STREAMED_RESIDUAL_NORMALISE(a -> NormaliseRoutines.normalise(a, true, false, true)),
    RECTIFIED_NORMALISE(a -> NormaliseRoutines.normalise(a, false, true, false)), STREAMED_RECTIFIED_NORMALISE(a -> NormaliseRoutines.normalise(a, false, true, true)),
    RECTIFIED_RESIDUAL_NORMALISE(a -> NormaliseRoutines.normalise(a, true, true, false)), STREAMED_RECTIFIED_RESIDUAL_NORMALISE(a -> NormaliseRoutines.normalise(a, true, true, true)),
    SUMS(a -> NormaliseRoutines.sums(a, false, false, false)), MASKED_SUMS(a -> NormaliseRoutines.sums(a, true, false, false)),
    KEPT_SUMS(a -> NormaliseRoutines.sums(a, true, true, false)), ADDED_SUMS(a -> NormaliseRoutines.sums(a, true, true, true)),
    GRADIENT(a -> NormaliseRoutines.gradient(a, false, false)), MASKED_GRADIENT(a -> NormaliseRoutines.gradient(a, true, false)),
    STREAMED_GRADIENT(a -> NormaliseRoutines.gradient(a, false, true)), STREAMED_MASKED_GRADIENT(a -> NormaliseRoutines.gradient(a, true, true)),
    RECTIFY(a -> NormaliseRoutines.rectify(a, false)), SUMMED_RECTIFY(a -> NormaliseRoutines.rectify(a, true)),
    DROP(DropoutRoutine::write),
    GATHER(a -> DepthwiseRoutines.gather(a, false, false)), STREAMED_GATHER(a -> DepthwiseRoutines.gather(a, true, false)),
    SUMMED_GATHER(a -> DepthwiseRoutines.gather(a, false, true)), STREAMED_SUMMED_GATHER(a -> DepthwiseRoutines.gather(a, true, true)), COLLECT(DepthwiseRoutines::collect),
    PRODUCT_1_1(TileProducts.Ending.STORED, 1, 1), PRODUCT_1_2(TileProducts.Ending.STORED, 1, 2), PRODUCT_2_1(TileProducts.Ending.STORED, 2, 1), PRODUCT_2_2(TileProducts.Ending.STORED, 2, 2),
    STREAMED_1(TileProducts.Ending.STREAMED, 2, 1), STREAMED_2(TileProducts.Ending.STREAMED, 2, 2), SUMMED_1(TileProducts.Ending.SUMMED, 2, 1), SUMMED_2(TileProducts.Ending.SUMMED, 2, 2),
    STREAMED_1_NORMALISED(normalising(TileProducts.Ending.STREAMED, 1)), STREAMED_2_NORMALISED(normalising(TileProducts.Ending.STREAMED, 2)),
    SUMMED_1_NORMALISED(normalising(TileProducts.Ending.SUMMED, 1)), SUMMED_2_NORMALISED(normalising(TileProducts.Ending.SUMMED, 2)),
    SCATTERED_1(TileProducts.Ending.SCATTERED, 2, 1), SCATTERED_2(TileProducts.Ending.SCATTERED, 2, 2);

    private final Consumer<Assembler> writer;

    Routine(Consumer<Assembler> writer) {
      this.writer = writer;
    }

    Routine(TileProducts.Ending ending, int tall, int broad) {
      this(a -> new TileProducts(a, tall, broad, ending).write());
    }

    /** Normalisation, perhaps with a residual, ReLU, and a result that goes past the caches. */
    static Routine normalise(boolean residual, boolean rectified, boolean streamed) {
      if (rectified) {
        return residual ? streamed ? STREAMED_RECTIFIED_RESIDUAL_NORMALISE : RECTIFIED_RESIDUAL_NORMALISE : streamed ? STREAMED_RECTIFIED_NORMALISE : RECTIFIED_NORMALISE;
      }
      return residual ? streamed ? STREAMED_RESIDUAL_NORMALISE : RESIDUAL_NORMALISE : streamed ? STREAMED_NORMALISE : NORMALISE;
    }

    private static Consumer<Assembler> normalising(TileProducts.Ending ending, int broad) {
      return a -> new TileProducts(a, 2, broad, ending, true).write();
    }

    /** A product whose results go past the caches: with sums or without, of blocks of so many columns of tiles, the next rows being normalised or not. */
    static Routine streamed(boolean summed, boolean broad, boolean normalised) {
      return valueOf((summed ? "SUMMED" : "STREAMED") + (broad ? "_2" : "_1") + (normalised ? "_NORMALISED" : ""));
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
    return hasVectors() && OneDnn.hasTiles();
  }

  /** Whether this machine has what the routines need that do without tiles. */
  public static boolean hasVectors() {
    return !ADDRESSES.isEmpty();
  }

  static long address(Routine r) {
    return ADDRESSES.get(r);
  }

  private static Map<Routine, Long> place() {
    Map<Routine, Long> addresses = new EnumMap<>(Routine.class);
    if (!MachineCode.suitsPlatform() || !OpenMp.isThere() || !OneDnn.hasWideVectors() || System.getProperty(PROPERTY, "true").equals("false")) {
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
