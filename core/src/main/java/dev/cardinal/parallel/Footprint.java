package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Collective;
import dev.cardinal.pass.MemoryPlan;
import dev.cardinal.pass.Pipeline;
import dev.cardinal.pass.Uses;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    Map<Value, int[]> life = new LinkedHashMap<>();
    Map<Value, Value> home = new HashMap<>();
    g.inputs().values().forEach(v -> life.put(v, new int[] {0, last(uses, v, 0, end)}));
    for (Node n : g.nodes()) {
      for (int i = 0; i < n.outputs().size(); i++) {
        Value v = n.output(i);
        int target = n.op().overwrites(i, n.inputs().size());
        boolean inPlace = target >= 0 && v.equals(g.assignments().get(n.input(target)));
        if (n.op() instanceof Collective c && c.phase() != Collective.Phase.WHOLE && life.containsKey(home.getOrDefault(n.input(i), n.input(i)))) {
          // What is summed in two phases is summed where it is.
          home.put(v, home.getOrDefault(n.input(i), n.input(i)));
          int[] whole = life.get(home.get(v));
          whole[1] = Math.max(whole[1], last(uses, v, n.id(), end));
        } else if (!inPlace) {
          life.put(v, new int[] {n.id(), last(uses, v, n.id(), end)});
        }
      }
    }
    List<MemoryPlan.Block> blocks = life.entrySet().stream().map(e -> new MemoryPlan.Block(e.getKey().type().bytes(), e.getValue()[0], e.getValue()[1])).toList();
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
