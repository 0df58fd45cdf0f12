package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The steps of a program in the making, in order, with what they own: all share one scratch memory, copies between layouts are added where they are asked for. */
final class Steps implements AutoCloseable {
  /** A permission for the output of a step to take the place of an input that is not needed any more. */
  record Reuse(int step, Slot output, Slot input) {}

  /** Bytes read and written, and multiply-adds, up to which one thread is faster than several that must be woken first. */
  private static final long FEW_BYTES = 512 << 10;
  private static final long FEW_MACS = 4 << 20;

  private final List<Step> all = new ArrayList<>();
  private final List<Reuse> reuses = new ArrayList<>();
  private final List<AutoCloseable> owned = new ArrayList<>();
  private long scratchBytes;
  private long scratchAddress;

  List<Step> all() {
    return all;
  }

  List<Reuse> reuses() {
    return reuses;
  }

  /** Asks for memory that a step needs only while it runs; the step's binding learns where it is. */
  LongSupplier scratch(long bytes) {
    scratchBytes = Math.max(scratchBytes, bytes);
    return () -> scratchAddress;
  }

  /** Scratch memory that all steps share. */
  long scratchBytes() {
    return scratchBytes;
  }

  void placeScratch(long address) {
    scratchAddress = address;
  }

  /** Takes something native, to close it with the rest. */
  <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }

  void add(Step s) {
    int index = all.size();
    all.add(s);
    s.reads().forEach(slot -> slot.touch(index));
    s.writes().forEach(slot -> slot.touch(index));
  }

  void add(String name, String op, String detail, long macs, List<Slot> reads, List<Slot> writes, Step.Binding binding) {
    add(new Step(name, op, detail, macs, bytes(reads) + bytes(writes), reads, writes, binding));
  }

  /** Adds a primitive, which is closed with the rest. */
  void primitive(String name, String op, long macs, Primitive p, Arg... args) {
    Step.Binding b = bindingOf(p, args);
    add(name, op, p.implementation(), macs, slots(args, false), slots(args, true), b);
  }

  /** Allows the last step's output to take the place of one of its inputs. */
  void mayReplace(Slot output, Slot input) {
    reuses.add(new Reuse(all.size() - 1, output, input));
  }

  /** Adds a copy of a tensor into another layout. */
  void reorder(String name, MemoryDesc from, Slot source, MemoryDesc to, Slot target) {
    Primitive p = made(from, to, () -> Primitives.reorder(from, to));
    if (p == null) {
      throw new DeviceException("oneDNN cannot reorder " + name + "; use cpu:reference");
    }
    primitive(name, "Reorder", 0, p, Arg.read(Primitives.SOURCE, from, source), Arg.write(Primitives.DESTINATION, to, target));
  }

  /** Adds a copy of a tensor into another layout, multiplied by factors, one for each place along the first {@code axes} axes together. */
  void reorderScaled(String name, MemoryDesc from, Slot source, int axes, Tensor factors, MemoryDesc to, Slot target) {
    Primitive p = made(from, to, () -> Primitives.reorderScaled(from, to, axes));
    if (p == null) {
      throw new DeviceException("oneDNN cannot reorder " + name + "; use cpu:reference");
    }
    primitive(name, "Reorder", 0, p, Arg.read(Primitives.SOURCE, from, source), Arg.read(Primitives.SOURCE_FACTORS, own(MemoryDesc.rowMajor(factors.size())), factors.slot()),
        Arg.write(Primitives.DESTINATION, to, target));
  }

  /** A primitive that moves so much, for one thread if that is little. */
  static Primitive made(MemoryDesc from, MemoryDesc to, Supplier<Primitive> maker) {
    Primitive[] p = new Primitive[1];
    small(from.bytes() + to.bytes(), 0, () -> p[0] = maker.get());
    return p[0];
  }

  /** What little there is to do is made for one thread. */
  static void small(long bytes, long macs, Runnable making) {
    if (bytes <= FEW_BYTES && macs <= FEW_MACS) {
      OpenMp.alone(making);
    } else {
      making.run();
    }
  }

  private static long bytes(List<Slot> slots) {
    return slots.stream().mapToLong(s -> s.bytes).sum();
  }

  private static List<Slot> slots(Arg[] args, boolean written) {
    List<Slot> s = new ArrayList<>();
    for (Arg a : args) {
      if (a.written() == written) {
        s.add(a.slot());
      }
    }
    return s;
  }

  private Step.Binding bindingOf(Primitive p, Arg[] args) {
    own(p);
    MemoryDesc scratch = p.scratchpad();
    if (scratch != null) {
      scratch(own(scratch).bytes());
    }
    return () -> {
      List<Primitive.Argument> bound = new ArrayList<>();
      for (Arg a : args) {
        bound.add(new Primitive.Argument(a.id(), a.desc(), a.slot().address()));
      }
      if (scratch != null) {
        bound.add(new Primitive.Argument(Primitives.SCRATCHPAD, scratch, scratchAddress));
      }
      p.bind(bound);
      return p::execute;
    };
  }

  @Override
  public void close() {
    for (int i = owned.size() - 1; i >= 0; i--) {
      try {
        owned.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException("releasing native memory failed", e);
      }
    }
    owned.clear();
  }
}
