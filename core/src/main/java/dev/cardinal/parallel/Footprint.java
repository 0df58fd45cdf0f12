package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.pass.MemoryPlan;
import dev.cardinal.pass.Pipeline;
import dev.cardinal.pass.Uses;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a graph takes on a device: what lives on between runs, and one arena for what is computed in a run, planned by life times. A backend's workspaces come on top.
 *
 * @param variables bytes of parameters, statistics and optimiser state
 * @param arena bytes of the arena
 */
public record Footprint(long variables, long arena) {
  private static final long ALIGNMENT = 64;

  /** Of a graph, after the passes that every program goes through. */
  public static Footprint of(Graph built) {
    Graph g = Pipeline.standard().run(built);
    Uses uses = new Uses(g);
    int end = g.nodes().size();
    List<MemoryPlan.Block> blocks = new ArrayList<>();
    g.inputs().values().forEach(v -> blocks.add(new MemoryPlan.Block(v.type().bytes(), 0, last(uses, v, 0, end))));
    for (Node n : g.nodes()) {
      for (int i = 0; i < n.outputs().size(); i++) {
        int target = n.op().overwrites(i, n.inputs().size());
        boolean inPlace = target >= 0 && n.output(i).equals(g.assignments().get(n.input(target)));
        if (!inPlace) {
          blocks.add(new MemoryPlan.Block(n.output(i).type().bytes(), n.id(), last(uses, n.output(i), n.id(), end)));
        }
      }
    }
    long variables = g.variables().values().stream().mapToLong(v -> v.type().bytes()).sum();
    return new Footprint(variables, MemoryPlan.of(blocks, ALIGNMENT).bytes());
  }

  private static int last(Uses uses, Value v, int first, int end) {
    return uses.isKept(v) ? end : uses.readers(v).stream().mapToInt(Node::id).max().orElse(first);
  }

  /** All of it. */
  public long bytes() {
    return variables + arena;
  }
}
