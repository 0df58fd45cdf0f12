package dev.cardinal.cuda;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.LoweringRegistry;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.lowering.CudaLowering;
import dev.cardinal.cuda.plan.Arena;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.CudaSession;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;

/** A GPU. */
public final class CudaDevice implements Device {
  private final DeviceInfo info;
  private final CudaSession session;
  private final LoweringRegistry<CudaLowering> lowerings;

  /**
   * Opens a GPU.
   *
   * @param ordinal its number
   * @param lowerings what it can run
   */
  public CudaDevice(Cuda cuda, int ordinal, DeviceInfo info, DeviceOptions options, LoweringRegistry<CudaLowering> lowerings) {
    this.info = info;
    this.session = new CudaSession(cuda, ordinal, options);
    this.lowerings = lowerings;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Variables newVariables() {
    return new CudaVariables(session);
  }

  @Override
  public Program compile(Graph graph, Variables variables, CompileOptions options) {
    if (!(variables instanceof CudaVariables mine) || !mine.isOf(session)) {
      throw new DeviceException("programs of " + info.name() + " need variables made by its newVariables(), got " + variables.getClass().getSimpleName());
    }
    long started = System.nanoTime();
    session.context().makeCurrent();
    List<Long> constants = new ArrayList<>();
    Runnable freeConstants = () -> constants.forEach(session.context()::free);
    CudaBuild build = null;
    Arena arena = null;
    try {
      build = new CudaBuild(graph, session, v -> mine.address(v.name(), v.type()), v -> constant(graph.constants().get(v), constants), options.link());
      for (Node n : graph.nodes()) {
        CudaLowering l = lowerings.get(n.op());
        build.node(n);
        l.lower(n, build);
      }
      build.finish();
      session.saveAlgorithms();
      arena = Arena.of(build, session.context(), batch(graph), InputFeed.bytes(build.inputs()));
      return new CudaProgram(session, graph, build, arena, options, freeConstants, started);
    } catch (RuntimeException | Error e) {
      if (build != null) {
        build.close();
      }
      if (arena != null) {
        session.context().free(arena.address());
      }
      freeConstants.run();
      throw e;
    }
  }

  private long constant(HostTensor t, List<Long> owned) {
    long address = session.context().allocate(Math.max(1, t.type().bytes()));
    owned.add(address);
    session.context().copyToDevice(address, t.array(), t.size());
    return address;
  }

  private static int batch(Graph graph) {
    return graph.inputs().values().stream().map(Value::type).filter(t -> t.shape().rank() > 0).mapToInt(t -> t.shape().dim(0)).max().orElse(1);
  }

  @Override
  public void close() {
    session.close();
  }
}
