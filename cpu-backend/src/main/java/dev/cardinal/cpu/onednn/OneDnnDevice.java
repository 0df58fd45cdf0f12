package dev.cardinal.cpu.onednn;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.binding.IdleTeam;
import dev.cardinal.cpu.onednn.kernel.Workers;
import dev.cardinal.cpu.onednn.lowering.Lowering;
import dev.cardinal.cpu.onednn.lowering.Lowerings;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Choices;
import dev.cardinal.cpu.onednn.plan.Placement;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import java.util.ArrayList;
import java.util.List;

/**
 * The CPU driven through oneDNN. {@link DeviceOptions#threads} sets the number of threads of our own kernels; oneDNN's are set by the environment variable {@code OMP_NUM_THREADS} before Java
 * starts. Results are the same from run to run for one number of threads.
 */
final class OneDnnDevice implements Device {
  private final DeviceInfo info;
  private final EngineThread engine = new EngineThread();
  private final IdleTeam idle = new IdleTeam();
  private final Workers workers;
  private final boolean reduced;
  private final Choices choices;

  OneDnnDevice(DeviceInfo info, DeviceOptions options) {
    this.info = info;
    this.reduced = options.precision() == Precision.BFLOAT16;
    this.workers = new Workers(options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors());
    this.choices = Choices.shared(info.hardware(), workers.threads());
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Variables newVariables() {
    return new OneDnnVariables();
  }

  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions options) {
    if (!(variables instanceof OneDnnVariables mine)) {
      throw new DeviceException("programs of the cpu device need variables made by its newVariables(), got " + variables.getClass().getSimpleName());
    }
    return engine.call(() -> build(graph, mine, options));
  }

  private Program build(Graph graph, OneDnnVariables variables, CompileOptions options) {
    long start = System.nanoTime();
    Build b = new Build(graph, workers, variables::address, options.link(), reduced, choices);
    Placement place = null;
    try {
      b.begin();
      for (Node n : graph.nodes()) {
        Build.requireFloat32(n);
        Lowering l = Lowerings.of(n.op());
        b.lower(n, () -> l.lower(n, b));
      }
      b.finish();
      choices.keep();
      place = Placement.of(b);
      List<Runnable> launches = new ArrayList<>();
      b.steps().forEach(s -> launches.add(s.binding().bind()));
      return new OneDnnProgram(engine, b, place, launches, options, (System.nanoTime() - start) / 1e9);
    } catch (RuntimeException | Error e) {
      b.close();
      if (place != null) {
        place.arena().close();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    workers.close();
    idle.close();
    engine.close();
  }
}
