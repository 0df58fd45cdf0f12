package dev.cardinal.cuda;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.NodeTime;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.ProgramInfo;
import dev.cardinal.backend.ProgramInputs;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.plan.Arena;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.CudaSession;
import dev.cardinal.cuda.plan.CudaStep;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Graph;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Bound steps over an arena. The first run issues them one by one, so that libraries load what they load lazily; the second captures them as one CUDA graph, which is replayed from then on. A program
 * that is compiled for a profile, or for a device of a mesh, stays with single steps; for a profile with an event between any two.
 */
final class CudaProgram implements Program {
  private final CudaSession session;
  private final Graph graph;
  private final CudaBuild build;
  private final Arena arena;
  private final InputFeed feed;
  private final List<Runnable> launches = new ArrayList<>();
  private final List<CudaEvent> marks = new ArrayList<>();
  private final double[] millis;
  private final ProgramInfo info;
  private final Runnable freeConstants;
  private CudaGraph captured;
  private long runs;
  private boolean closed;

  CudaProgram(CudaSession session, Graph graph, CudaBuild build, Arena arena, CompileOptions options, Runnable freeConstants, long started) {
    this.session = session;
    this.graph = graph;
    this.build = build;
    this.arena = arena;
    this.freeConstants = freeConstants;
    this.feed = new InputFeed(session, build.inputs());
    try {
      build.steps().forEach(s -> launches.add(s.binding().get()));
    } catch (RuntimeException | Error e) {
      // On a mesh the others may have failed, and binding meets them.
      feed.close();
      throw e;
    }
    this.millis = new double[options.profile() ? launches.size() : 0];
    for (int i = 0; options.profile() && i <= launches.size(); i++) {
      marks.add(session.context().newEvent(true));
    }
    this.info = new ProgramInfo(launches.size(), arena.valueBytes(), arena.unsharedBytes(), build.scratchBytes(), (System.nanoTime() - started) / 1e9);
  }

  @Override
  public void run(Map<String, HostTensor> inputs) {
    requireOpen();
    ProgramInputs.check(graph, inputs);
    session.context().makeCurrent();
    feed.feed(inputs);
    CudaStream stream = session.stream();
    if (build.link() != null) {
      runWithPeers(stream);
    } else if (!marks.isEmpty()) {
      runTimed(stream);
    } else if (runs == 0) {
      launches.forEach(Runnable::run);
    } else {
      if (captured == null) {
        captured = capture(stream);
      }
      captured.launch(stream);
    }
    runs++;
  }

  /** The hosts of a mesh meet within a step, which no graph can hold. After a failure nobody reads a peer's memory any more when this returns, so that it may be freed. */
  private void runWithPeers(CudaStream stream) {
    try {
      if (marks.isEmpty()) {
        launches.forEach(Runnable::run);
      } else {
        runTimed(stream);
      }
    } catch (RuntimeException e) {
      stream.synchronize();
      throw e;
    }
  }

  private CudaGraph capture(CudaStream stream) {
    stream.beginCapture();
    try {
      launches.forEach(Runnable::run);
    } catch (RuntimeException e) {
      // The stream must leave capture whatever happened, and what was captured is of no use.
      try {
        stream.endCapture().close();
      } catch (RuntimeException after) {
        e.addSuppressed(after);
      }
      throw e;
    }
    return stream.endCapture();
  }

  private void runTimed(CudaStream stream) {
    marks.get(0).record(stream);
    for (int i = 0; i < launches.size(); i++) {
      launches.get(i).run();
      marks.get(i + 1).record(stream);
    }
    stream.synchronize();
    for (int i = 0; i < launches.size(); i++) {
      millis[i] += marks.get(i + 1).millisSince(marks.get(i));
    }
  }

  @Override
  public HostTensor read(String output) {
    requireOpen();
    Slot s = build.outputs().get(output);
    if (s == null) {
      throw new IllegalArgumentException("the program has no output " + output + "; it has " + build.outputs().keySet());
    }
    if (runs == 0) {
      throw new IllegalStateException("output " + output + " is not there before the first run");
    }
    HostTensor t = HostTensor.zeros(graph.outputs().get(output).type());
    session.context().makeCurrent();
    session.stream().synchronize();
    session.context().copyToHost(t.array(), s.address(), t.size());
    return t;
  }

  @Override
  public ProgramInfo info() {
    return info;
  }

  @Override
  public List<NodeTime> profile() {
    requireOpen();
    List<NodeTime> times = new ArrayList<>();
    for (int i = 0; i < millis.length; i++) {
      CudaStep s = build.steps().get(i);
      times.add(new NodeTime(s.name(), s.op(), s.detail(), runs, millis[i] / 1e3, s.macs(), s.bytes()));
    }
    return times;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the program is closed; compile the graph again");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    session.context().makeCurrent();
    session.context().synchronize();
    if (captured != null) {
      captured.close();
    }
    marks.forEach(CudaEvent::close);
    feed.close();
    build.close();
    freeConstants.run();
    session.context().free(arena.address());
  }
}
