package dev.cardinal.backend;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.tensor.HostTensor;
import java.util.Map;

/** What every engine checks before a run. */
public final class ProgramInputs {
  private ProgramInputs() {}

  /**
   * Checks the inputs of a run against those of the graph.
   *
   * @throws IllegalArgumentException if one is missing, unknown or of another type
   */
  public static void check(Graph graph, Map<String, HostTensor> given) {
    for (Map.Entry<String, Value> e : graph.inputs().entrySet()) {
      HostTensor t = given.get(e.getKey());
      if (t == null) {
        throw new IllegalArgumentException("input " + e.getKey() + " (" + e.getValue().type() + ") is missing; given are " + given.keySet());
      }
      if (!t.type().equals(e.getValue().type())) {
        throw new IllegalArgumentException("input " + e.getKey() + " must be " + e.getValue().type() + ", got " + t.type());
      }
    }
    for (String name : given.keySet()) {
      if (!graph.inputs().containsKey(name)) {
        throw new IllegalArgumentException("the program has no input " + name + "; its inputs are " + graph.inputs().keySet());
      }
    }
  }
}
