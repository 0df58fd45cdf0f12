package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive.Argument;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import java.util.ArrayList;
import java.util.List;

/** The native things of one piece of work, closed together. */
public final class NarrowPrimitives implements AutoCloseable {
  private static final int CACHE_LINE = 64;

  /** Areas of one block of memory, each at a cache line of its own. */
  static final class Areas {
    private final long[] begin;

    Areas(long... bytes) {
      begin = new long[bytes.length + 1];
      for (int i = 0; i < bytes.length; i++) {
        begin[i + 1] = (begin[i] + bytes[i] + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
      }
    }

    long at(int area) {
      return begin[area];
    }

    long bytes() {
      return begin[begin.length - 1];
    }
  }

  private final List<AutoCloseable> all = new ArrayList<>();
  private boolean complete = true;
  private long scratchBytes;

  /** Takes something to close with the rest. */
  public <T extends AutoCloseable> T own(T resource) {
    all.add(resource);
    return resource;
  }

  /** Takes a primitive that may be missing or slow, which makes the whole incomplete; says whether it is there. */
  public boolean take(List<Primitive> to, Primitive p) {
    if (p == null || p.isReference()) {
      complete = false;
    }
    if (p == null) {
      return false;
    }
    to.add(own(p));
    MemoryDesc scratch = p.scratchpad();
    if (scratch != null) {
      scratchBytes = Math.max(scratchBytes, own(scratch).bytes());
    }
    return true;
  }

  /** Whether all primitives that were taken are there and fast. */
  public boolean complete() {
    return complete;
  }

  long scratchBytes() {
    return scratchBytes;
  }

  /** Binds a primitive, with scratch memory at an address if it needs any. */
  public void bind(Primitive p, List<Argument> args, long scratchAddress) {
    MemoryDesc scratch = p.scratchpad();
    if (scratch == null) {
      p.bind(args);
      return;
    }
    List<Argument> more = new ArrayList<>(args);
    more.add(new Argument(Primitives.SCRATCHPAD, own(scratch), scratchAddress));
    p.bind(more);
  }

  /** Binds a copy from one address and layout to another. */
  public void bindReorder(Primitive p, MemoryDesc from, long source, MemoryDesc to, long target) {
    p.bind(List.of(new Argument(Primitives.SOURCE, own(from), source), new Argument(Primitives.DESTINATION, own(to), target)));
  }

  @Override
  public void close() {
    for (int i = all.size() - 1; i >= 0; i--) {
      try {
        all.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException("releasing native memory failed", e);
      }
    }
    all.clear();
  }
}
