package dev.cardinal.cuda.plan;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Times ways of computing one node, each as a program of its own on zeros. */
public final class Trial {
  private static final int MOST_RUNS = 10;
  private static final double ENOUGH_MILLIS = 5;

  private Trial() {}

  /** Device memory for a measurement. */
  public static final class Buffers implements AutoCloseable {
    private final CudaSession session;
    private final List<Long> addresses = new ArrayList<>();

    /** None yet. */
    public Buffers(CudaSession session) {
      this.session = session;
    }

    /** Memory, not cleared; 0 for none. */
    public long some(long bytes) {
      if (bytes == 0) {
        return 0;
      }
      long address = session.context().allocate(bytes);
      addresses.add(address);
      return address;
    }

    /** Memory, cleared. */
    public long zeros(long bytes) {
      long address = some(bytes);
      session.stream().fill(address, (byte) 0, bytes);
      return address;
    }

    @Override
    public void close() {
      session.stream().synchronize();
      addresses.forEach(session.context()::free);
      addresses.clear();
    }
  }

  /**
   * Milliseconds of one run.
   *
   * @param node what is to be computed
   * @param forms of its inputs, as they will be in the program
   * @param lowering adds its steps
   * @throws dev.cardinal.backend.DeviceException if it cannot run, for lack of memory or otherwise
   */
  public static double millis(CudaSession session, Node node, List<Form> forms, BiConsumer<Node, CudaBuild> lowering) {
    Graph g = new Graph();
    List<Value> in = new ArrayList<>();
    for (Value v : node.inputs()) {
      in.add(g.input("in" + in.size(), v.type()));
    }
    Node copy = g.addAll(node.op(), in).get(0).node();
    CudaContext context = session.context();
    try (CudaBuild build = new CudaBuild(g, session, v -> 0L, v -> 0L, null)) {
      for (int i = 0; i < forms.size(); i++) {
        build.assume(in.get(i), forms.get(i));
      }
      build.node(copy);
      lowering.accept(copy, build);
      Arena arena = Arena.of(build, context, 1, 0);
      try (CudaEvent start = context.newEvent(true); CudaEvent end = context.newEvent(true)) {
        session.stream().fill(arena.address(), (byte) 0, arena.bytes());
        List<Runnable> launches = build.steps().stream().map(s -> s.binding().get()).toList();
        // The first run loads what libraries load lazily.
        once(session, launches, start, end, 1);
        double estimate = once(session, launches, start, end, 1);
        int runs = (int) Math.max(1, Math.min(MOST_RUNS, ENOUGH_MILLIS / Math.max(estimate, 1e-3)));
        return once(session, launches, start, end, runs);
      } finally {
        session.stream().synchronize();
        context.free(arena.address());
      }
    }
  }

  private static double once(CudaSession session, List<Runnable> launches, CudaEvent start, CudaEvent end, int runs) {
    start.record(session.stream());
    for (int i = 0; i < runs; i++) {
      launches.forEach(Runnable::run);
    }
    end.record(session.stream());
    end.synchronize();
    return end.millisSince(start) / runs;
  }
}
