package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Verifier;
import java.util.List;

/** Passes in order, with the verifier after each one. */
public final class Pipeline {
  private final List<Pass> passes;

  /** The given passes in order. */
  public Pipeline(List<Pass> passes) {
    this.passes = List.copyOf(passes);
  }

  /** What every program goes through: simplification, joining of cut gradients, fusion, then updates as early as they can run. */
  public static Pipeline standard() {
    return new Pipeline(List.of(new Simplify(), new Join(), new Fuse(), new EarlyUpdates()));
  }

  /**
   * Runs the passes.
   *
   * @throws IllegalStateException if a pass breaks the graph
   */
  public Graph run(Graph graph) {
    Graph g = Verifier.verify(graph, "construction");
    for (Pass p : passes) {
      g = Verifier.verify(p.run(g), "pass " + p.name());
    }
    return g;
  }
}
