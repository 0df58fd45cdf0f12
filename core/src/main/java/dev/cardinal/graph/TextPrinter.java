package dev.cardinal.graph;

import java.util.Map;
import java.util.stream.Collectors;

/** Prints a graph as text: leaves first, then one node a line, then outputs and assignments. */
public final class TextPrinter {
  private TextPrinter() {}

  /** The text. */
  public static String print(Graph g) {
    StringBuilder s = new StringBuilder();
    g.inputs().values().forEach(v -> s.append("input    ").append(v).append('\n'));
    g.variables().values().forEach(v -> s.append("variable ").append(v).append('\n'));
    g.constants().keySet().forEach(v -> s.append("constant ").append(v).append('\n'));
    for (Node n : g.nodes()) {
      s.append(n.outputs().stream().map(Value::toString).collect(Collectors.joining(", "))).append(" = ").append(n.op()).append('(');
      s.append(n.inputs().stream().map(TextPrinter::reference).collect(Collectors.joining(", "))).append(")  # ").append(n.name()).append('\n');
    }
    for (Map.Entry<String, Value> e : g.outputs().entrySet()) {
      s.append("output   ").append(e.getKey()).append(" = ").append(reference(e.getValue())).append('\n');
    }
    for (Map.Entry<Value, Value> e : g.assignments().entrySet()) {
      s.append("assign   ").append(e.getKey().name()).append(" = ").append(reference(e.getValue())).append('\n');
    }
    return s.toString();
  }

  private static String reference(Value v) {
    return v.isComputed() ? "%" + v.id() : v.name();
  }
}
