package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Memory of one device, or of pinned memory: a stretch of reserved address space in which allocations follow each other with gaps between them. Addresses are not given out twice, so whoever uses freed
 * memory is found; the memory behind them is given back.
 */
final class Memory {
  /** Address space of one device. */
  static final long SPACE = 1L << 38;

  private static final long ALIGNMENT = 256;
  private static final long GAP = 4096;
  /** As much of new memory is filled with ones; more would take the host's memory for what may never be touched. */
  private static final long FILLED = 64L << 20;

  /** Bytes from {@code start} to before {@code end}. */
  record Range(long start, long end) {
    static Range of(long start, long bytes) {
      return new Range(start, start + bytes);
    }

    long bytes() {
      return end - start;
    }
  }

  /** With the parts that it was said to have; none if it is one. */
  private record Allocation(int number, long bytes, boolean freed, List<Range> parts) {}

  private final String name;
  private final long base;
  private final long total;
  private final TreeMap<Long, Allocation> allocations = new TreeMap<>();
  private final Accesses accesses = new Accesses();
  private long next;
  private long used;
  private int count;

  Memory(String name, long base, long total) {
    this.name = name;
    this.base = base;
    this.next = base + GAP;
    this.total = total;
  }

  long base() {
    return base;
  }

  boolean contains(long address) {
    return address >= base && address < base + SPACE;
  }

  long free() {
    return total - used;
  }

  long total() {
    return total;
  }

  int allocations() {
    return count;
  }

  Accesses accesses() {
    return accesses;
  }

  long allocate(long bytes, String call) {
    if (bytes <= 0) {
      throw new CudaException(call, 1, "CUDA_ERROR_INVALID_VALUE", "bytes = " + bytes);
    }
    if (bytes > free()) {
      throw new CudaException(call, CudaException.OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "bytes = " + bytes);
    }
    long address = next;
    next = (address + bytes + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (next > base + SPACE) {
      throw new IllegalStateException(name + " has given out all of its " + SPACE + " addresses; run fewer tests in one process");
    }
    used += bytes;
    allocations.put(address, new Allocation(++count, bytes, false, new ArrayList<>()));
    NativeHost.fill(address, -1, Math.min(bytes, FILLED));
    return address;
  }

  void free(long address) {
    Allocation a = allocations.get(address);
    if (a == null) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, hex(address) + " is freed on " + name + ", but it is not the beginning of an allocation there");
    }
    if (a.freed) {
      throw new SimulatedFault(Kind.USE_AFTER_FREE, describe(address, a) + " is freed again");
    }
    used -= a.bytes;
    allocations.put(address, new Allocation(a.number, a.bytes, true, List.of()));
    accesses.forget(address, address + a.bytes);
    NativeHost.discard(address, a.bytes);
  }

  /** That bytes lie within one living allocation. */
  void require(Range r, String who) {
    Map.Entry<Long, Allocation> e = allocations.floorEntry(r.start);
    if (e == null || r.start >= e.getKey() + e.getValue().bytes) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, who + " touches " + r.bytes() + " bytes at " + hex(r.start) + " on " + name + ", where nothing is allocated"
          + (e == null ? "" : "; before it lies " + describe(e.getKey(), e.getValue())));
    }
    if (e.getValue().freed) {
      throw new SimulatedFault(Kind.USE_AFTER_FREE, who + " touches " + r.bytes() + " bytes of " + describe(e.getKey(), e.getValue()) + ", which was freed");
    }
    if (r.end > e.getKey() + e.getValue().bytes) {
      throw new SimulatedFault(Kind.OUT_OF_BOUNDS, who + " touches " + r.bytes() + " bytes at offset " + (r.start - e.getKey()) + " of " + describe(e.getKey(), e.getValue()));
    }
  }

  /** Says that some bytes of an allocation hold one thing. */
  void part(Range r) {
    require(r, "a part of an allocation");
    allocations.floorEntry(r.start).getValue().parts.add(r);
  }

  /** That what a descriptor says fits into the allocation behind it, and there into one of its parts. */
  void requireSize(Range r, String who, Object descriptor) {
    Map.Entry<Long, Allocation> e = allocations.floorEntry(r.start);
    if (e != null && !e.getValue().freed && r.start < e.getKey() + e.getValue().bytes && r.end > e.getKey() + e.getValue().bytes) {
      throw new SimulatedFault(Kind.DESCRIPTOR, who + " is " + descriptor + ", " + r.bytes() + " bytes, but " + (e.getKey() + e.getValue().bytes - r.start) + " are left of "
          + describe(e.getKey(), e.getValue()));
    }
    if (e != null && !e.getValue().parts.isEmpty() && e.getValue().parts.stream().noneMatch(p -> p.start <= r.start && r.end <= p.end)) {
      throw new SimulatedFault(Kind.DESCRIPTOR, who + " is " + descriptor + ", " + r.bytes() + " bytes at offset " + (r.start - e.getKey()) + " of " + describe(e.getKey(), e.getValue())
          + ", where no value is as large");
    }
  }

  private String describe(long address, Allocation a) {
    return "allocation " + a.number + " of " + name + " (" + a.bytes + " bytes at " + hex(address) + ")";
  }

  private static String hex(long address) {
    return String.format(Locale.ROOT, "0x%x", address);
  }
}
