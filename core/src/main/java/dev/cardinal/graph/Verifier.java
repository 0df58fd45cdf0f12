package dev.cardinal.graph;

import dev.cardinal.tensor.TensorType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks what every graph must hold, after it is built and after every pass: nodes read only what stands before them, types are those of the shape rules, assignments fit, and an update in place is
 * not followed by a reader of the old value.
 */
public final class Verifier {
  private Verifier() {}

  /**
   * Returns the graph if it holds.
   *
   * @param stage what made the graph, for the message
   * @throws IllegalStateException if it does not: an error in Cardinal, not in the user's network
   */
  public static Graph verify(Graph g, String stage) {
    Set<Value> known = new HashSet<>(g.inputs().values());
    known.addAll(g.variables().values());
    known.addAll(g.constants().keySet());
    Set<Value> overwritten = new HashSet<>();
    for (Node n : g.nodes()) {
      for (Value v : n.inputs()) {
        require(known.contains(v), stage, "node " + n + " reads " + v + " before it is computed");
        require(!overwritten.contains(v), stage, "node " + n + " reads " + v + " after it was overwritten");
      }
      List<TensorType> types = n.op().infer(n.inputTypes());
      require(types.equals(n.outputTypes()), stage, "node " + n + " has outputs " + n.outputTypes() + ", its shape rule says " + types);
      for (int i = 0; i < n.outputs().size(); i++) {
        int target = n.op().overwrites(i, n.inputs().size());
        if (target >= 0 && n.output(i).equals(g.assignments().get(n.input(target)))) {
          overwritten.add(n.input(target));
        }
      }
      known.addAll(n.outputs());
    }
    for (Map.Entry<Value, Value> e : g.assignments().entrySet()) {
      require(known.contains(e.getValue()), stage, "variable " + e.getKey() + " takes " + e.getValue() + ", which is not in the graph");
      require(e.getKey().type().equals(e.getValue().type()), stage, "variable " + e.getKey() + " takes a value of type " + e.getValue().type());
    }
    for (Map.Entry<String, Value> e : g.outputs().entrySet()) {
      require(known.contains(e.getValue()), stage, "output " + e.getKey() + " is " + e.getValue() + ", which is not in the graph");
    }
    return g;
  }

  private static void require(boolean ok, String stage, String problem) {
    if (!ok) {
      throw new IllegalStateException("the graph is broken after " + stage + ": " + problem);
    }
  }
}
