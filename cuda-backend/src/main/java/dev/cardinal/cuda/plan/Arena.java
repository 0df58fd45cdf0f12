package dev.cardinal.cuda.plan;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.pass.MemoryPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * All of a program's device memory, in one piece: planned values, then scratch memory.
 *
 * @param address where it is
 * @param bytes all of it
 * @param valueBytes of it for values
 * @param unsharedBytes what the values would take without sharing
 */
public record Arena(long address, long bytes, long valueBytes, long unsharedBytes) {
  private static final long ALIGNMENT = 256;
  private static final int NAMED = 5;

  /**
   * Plans, allocates and gives every slot its place.
   *
   * @param batch the size of the inputs' first axis, for advice
   * @param beside bytes of device memory that the program will need besides
   * @throws DeviceException if there is too little memory, saying how much is needed and free, what takes most, and which batch would fit
   */
  public static Arena of(CudaBuild build, CudaContext context, int batch, long beside) {
    Set<Slot> all = new LinkedHashSet<>(build.inputs().values());
    build.steps().forEach(s -> {
      all.addAll(s.reads());
      all.addAll(s.writes());
    });
    all.addAll(build.outputs().values());
    all.removeIf(Slot::isFixed);
    List<Slot> slots = new ArrayList<>(all);
    MemoryPlan plan = MemoryPlan.of(slots.stream().map(s -> new MemoryPlan.Block(s.bytes(), s.first(), s.last())).toList(), ALIGNMENT);
    long bytes = Math.max(ALIGNMENT, plan.bytes() + build.scratchBytes());
    if (context.memory().freeBytes() < bytes + beside) {
      throw tooLittle(build, context, slots, bytes + beside, batch, null);
    }
    long address = allocate(build, context, slots, bytes, beside, batch);
    for (int i = 0; i < slots.size(); i++) {
      slots.get(i).place(address + plan.offsets()[i]);
      context.part(address + plan.offsets()[i], slots.get(i).bytes());
    }
    build.placeScratch(address + plan.bytes());
    context.part(address + plan.bytes(), build.scratchBytes());
    return new Arena(address, bytes, plan.bytes(), slots.stream().mapToLong(Slot::bytes).sum());
  }

  private static long allocate(CudaBuild build, CudaContext context, List<Slot> slots, long bytes, long beside, int batch) {
    try {
      return context.allocate(bytes);
    } catch (CudaException e) {
      if (!e.outOfMemory()) {
        throw e;
      }
      throw tooLittle(build, context, slots, bytes + beside, batch, e);
    }
  }

  private static DeviceException tooLittle(CudaBuild build, CudaContext context, List<Slot> slots, long bytes, int batch, CudaException cause) {
    long free = context.memory().freeBytes();
    List<String> largest = slots.stream().sorted(Comparator.comparingLong(Slot::bytes).reversed()).limit(NAMED)
        .map(s -> build.names().getOrDefault(s, "copy") + " (" + mib(s.bytes()) + ")").toList();
    // Free memory may be in pieces, so that a batch that fits by its bytes does not.
    long fits = (long) Math.min(batch - 1.0, (double) free / bytes * batch);
    return new DeviceException("the program needs " + mib(bytes) + " of memory on " + context.properties().name() + ", where " + mib(free) + " are free; the largest values are "
        + String.join(", ", largest) + "; " + (fits >= 1 ? "a batch of " + fits + " instead of " + batch + " would fit" : "no batch would fit: use a smaller network or image"), cause);
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
