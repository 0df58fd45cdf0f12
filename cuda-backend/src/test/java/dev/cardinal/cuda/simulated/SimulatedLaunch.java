package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.simulated.Memory.Range;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A kernel with its arguments, in the form that {@code resources/simulated/runtime.cpp} takes. */
final class SimulatedLaunch implements CudaLaunch {
  private static final int HEAD = 13;
  private static final int SITE = 12;
  private static final int TEXT_BYTES = 1024;
  private static final int WORDS_PER_RANGE = 3;
  private static final Map<String, Kind> KINDS = Map.of("out of bounds", Kind.OUT_OF_BOUNDS, "wild pointer", Kind.OUT_OF_BOUNDS, "access", Kind.ACCESS, "misaligned", Kind.MISALIGNED, "race",
      Kind.RACE, "uninitialised", Kind.UNINITIALISED);

  private final SimulatedModule module;
  private final String name;
  private final long call;
  private final long launcher;
  private final LaunchShape shape;
  private final List<KernelArg> args;
  private final List<Integer> pointers = new ArrayList<>();
  private final List<Range> reads = new ArrayList<>();
  private final List<Range> writes = new ArrayList<>();
  private long launches;

  SimulatedLaunch(SimulatedModule module, String name, long call, long launcher, LaunchShape shape, List<KernelArg> args) {
    this.module = module;
    this.name = name;
    this.call = call;
    this.launcher = launcher;
    this.shape = shape;
    this.args = args;
    for (int i = 0; i < args.size(); i++) {
      if (args.get(i) instanceof KernelArg.Pointer p && p.bytes() > 0) {
        module.context().requireReachable(p.address(), "argument " + i + " of kernel " + name);
        pointers.add(i);
        Range r = Range.of(p.address(), p.bytes());
        if (p.access() != KernelArg.Access.WRITE) {
          reads.add(r);
        }
        if (p.access() != KernelArg.Access.READ) {
          writes.add(r);
        }
      }
    }
  }

  @Override
  public void launch(CudaStream stream) {
    SimulatedStream s = (SimulatedStream) stream;
    if (s.context() != module.context()) {
      throw new SimulatedFault(Kind.CONTEXT, "kernel " + name + " of device " + module.context().properties().ordinal() + " is launched on " + s);
    }
    s.issue(new Work("kernel " + name, reads, writes, this::run));
  }

  private void run() {
    module.require(name);
    int words = HEAD + args.size() + WORDS_PER_RANGE * pointers.size();
    ByteBuffer b = ByteBuffer.allocateDirect(words * Long.BYTES + TEXT_BYTES).order(ByteOrder.nativeOrder());
    for (long v : new long[] {shape.gridX(), shape.gridY(), shape.gridZ(), shape.blockX(), shape.blockY(), shape.blockZ(), shape.sharedBytes(), module.context().cuda().devicesBase(),
        module.context().cuda().devicesEnd(), args.size(), pointers.size(), launches++ % 2, 0}) {
      b.putLong(v);
    }
    for (KernelArg a : args) {
      if (a instanceof KernelArg.Pointer p) {
        b.putLong(p.address());
      } else if (a instanceof KernelArg.I64 l) {
        b.putLong(l.value());
      } else if (a instanceof KernelArg.I32 i) {
        b.putInt(i.value()).putInt(-1);
      } else {
        b.putFloat(((KernelArg.F32) a).value()).putInt(-1);
      }
    }
    for (int i : pointers) {
      KernelArg.Pointer p = (KernelArg.Pointer) args.get(i);
      int access = switch (p.access()) {
        case READ -> 1;
        case WRITE -> 2;
        case READ_WRITE -> 3;
      };
      b.putLong(p.address()).putLong(p.address() + p.bytes()).putLong((long) i << 8 | access);
    }
    long at = NativeHost.address(b);
    if (NativeHost.call(launcher, call, at) != 0) {
      throw fault(NativeHost.text(at + (long) words * Long.BYTES), b.getLong(SITE * Long.BYTES));
    }
  }

  private SimulatedFault fault(String text, long site) {
    int colon = text.indexOf(':');
    Kind kind = KINDS.getOrDefault(colon < 0 ? "" : text.substring(0, colon), Kind.KERNEL);
    String line = site == 0 ? "" : HostCompiler.line(module.path(), site - 1);
    return new SimulatedFault(kind, "kernel " + name + (line.isEmpty() ? "" : " at " + line) + ": " + text.substring(colon < 0 ? 0 : colon + 2));
  }
}
