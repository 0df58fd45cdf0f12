package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.pass.MemoryPlan;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Gives every slot its place in one arena.
 *
 * @param arena the memory: the planned values, then the scratch memory
 * @param valueBytes of it for values
 * @param unsharedBytes what the values would take without sharing
 */
public record Placement(NativeMemory arena, long valueBytes, long unsharedBytes) {
  private static final long ALIGNMENT = 64;
  private static final long PIECE = 32L << 20;

  /**
   * Plans and allocates the arena.
   *
   * @throws dev.cardinal.backend.DeviceException if there is too little memory
   */
  public static Placement of(Build build) {
    Set<Slot> all = new LinkedHashSet<>();
    build.inputs().values().forEach(t -> all.add(t.slot()));
    for (Step s : build.steps()) {
      all.addAll(s.reads());
      all.addAll(s.writes());
    }
    build.outputs().values().forEach(t -> all.add(t.slot()));
    all.removeIf(s -> s.fixed);
    long unshared = all.stream().mapToLong(s -> s.bytes).sum();
    for (Steps.Reuse r : build.reuses()) {
      merge(r);
    }
    List<Slot> homes = new ArrayList<>(all);
    homes.removeIf(s -> s.home() != s);
    MemoryPlan plan = MemoryPlan.of(homes.stream().map(s -> new MemoryPlan.Block(s.bytes, s.first, s.last)).toList(), ALIGNMENT);
    NativeMemory arena = NativeMemory.allocate(Math.max(ALIGNMENT, plan.bytes() + build.scratchBytes()), "the program's arena");
    // The system backs every page now, which takes longer than planning: by all threads.
    int pieces = Math.toIntExact((arena.bytes() + PIECE - 1) / PIECE);
    build.workers().run(pieces, (i, worker) -> NativeMemory.zero(arena.address() + i * PIECE, Math.min(PIECE, arena.bytes() - i * PIECE)));
    for (int i = 0; i < homes.size(); i++) {
      homes.get(i).place(arena.address() + plan.offsets()[i]);
    }
    build.placeScratch(arena.address() + plan.bytes());
    return new Placement(arena, plan.bytes(), unshared);
  }

  private static void merge(Steps.Reuse r) {
    Slot in = r.input().home();
    Slot out = r.output().home();
    boolean dies = !in.fixed && in.last == r.step();
    boolean alone = out == r.output();
    boolean born = alone && !out.fixed && out.first == r.step() && out.bytes <= in.bytes;
    if (in != out && dies && born) {
      out.share(in);
      in.last = Math.max(in.last, out.last);
    }
  }
}
