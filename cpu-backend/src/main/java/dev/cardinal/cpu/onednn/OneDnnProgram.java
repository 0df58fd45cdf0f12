package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.ProgramInfo;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.HostCopy;
import dev.cardinal.cpu.onednn.plan.Placement;
import dev.cardinal.cpu.onednn.plan.Step;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Bound steps over an arena. */
final class OneDnnProgram implements Program {
  private final EngineThread engine;
  private final Build build;
  private final Placement place;
  private final Runnable[] launches;
  private final long[] nanos;
  private final ProgramInfo info;
  private long runs;
  private boolean closed;

  OneDnnProgram(EngineThread engine, Build build, Placement place, List<Runnable> launches, CompileOptions options, double compileSeconds) {
    this.engine = engine;
    this.build = build;
    this.place = place;
    this.launches = launches.toArray(new Runnable[0]);
    this.nanos = options.profile() ? new long[launches.size()] : null;
    this.info = new ProgramInfo(launches.size(), place.valueBytes(), place.unsharedBytes(), build.scratchBytes(), compileSeconds);
  }

  @Override
  public void run(Map<String, HostTensor> inputs) {
    requireOpen();
    check(inputs);
    engine.run(() -> {
      build.inputs().forEach((name, t) -> HostCopy.toNative(inputs.get(name), t.slot().address()));
      if (nanos == null) {
        for (Runnable r : launches) {
          r.run();
        }
      } else {
        runTimed();
      }
    });
    runs++;
  }

  private void runTimed() {
    long before = System.nanoTime();
    for (int i = 0; i < launches.length; i++) {
      launches[i].run();
      long now = System.nanoTime();
      nanos[i] += now - before;
      before = now;
    }
  }

  private void check(Map<String, HostTensor> given) {
    build.inputs().forEach((name, t) -> {
      HostTensor h = given.get(name);
      if (h == null) {
        throw new IllegalArgumentException("input " + name + " " + t.type() + " is missing; given are " + given.keySet());
      }
      if (!h.type().equals(t.type())) {
        throw new IllegalArgumentException("input " + name + " must be " + t.type() + ", got " + h.type());
      }
    });
    for (String name : given.keySet()) {
      if (!build.inputs().containsKey(name)) {
        throw new IllegalArgumentException("the program has no input " + name + "; it has " + build.inputs().keySet());
      }
    }
  }

  @Override
  public HostTensor read(String output) {
    requireOpen();
    Tensor t = build.outputs().get(output);
    if (t == null) {
      throw new IllegalArgumentException("the program has no output " + output + "; it has " + build.outputs().keySet());
    }
    if (runs == 0) {
      throw new IllegalStateException("output " + output + " is not there before the first run");
    }
    HostTensor h = HostTensor.zeros(t.type());
    HostCopy.fromNative(h, t.slot().address());
    return h;
  }

  @Override
  public ProgramInfo info() {
    return info;
  }

  @Override
  public List<NodeTime> profile() {
    List<NodeTime> times = new ArrayList<>();
    for (int i = 0; nanos != null && i < nanos.length; i++) {
      Step s = build.steps().get(i);
      times.add(new NodeTime(s.name(), s.op(), s.detail(), runs, nanos[i] / 1e9, s.macs(), s.bytes()));
    }
    return times;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the program is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      engine.run(() -> {
        build.close();
        place.arena().close();
      });
    }
  }
}
