package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who reads what in a graph. */
public final class Uses {
  private final Map<Value, List<Node>> readers = new HashMap<>();
  private final Set<Value> kept = new HashSet<>();

  /** Of a graph as it stands. */
  public Uses(Graph g) {
    for (Node n : g.nodes()) {
      for (Value v : n.inputs()) {
        readers.computeIfAbsent(v, k -> new ArrayList<>()).add(n);
      }
    }
    kept.addAll(g.outputs().values());
    kept.addAll(g.assignments().values());
  }

  /** The nodes that read a value, in order of execution; a node that reads it twice appears twice. */
  public List<Node> readers(Value v) {
    return readers.getOrDefault(v, List.of());
  }

  /** Whether a value is an output of the graph or assigned to a variable. */
  public boolean isKept(Value v) {
    return kept.contains(v);
  }

  /** Whether one node reads the value, once, and nothing else does. */
  public boolean onlyReader(Value v, Node n) {
    List<Node> r = readers(v);
    return r.size() == 1 && r.get(0) == n && !isKept(v);
  }

  /** Whether nothing reads a value. */
  public boolean isUnused(Value v) {
    return readers(v).isEmpty() && !isKept(v);
  }
}
