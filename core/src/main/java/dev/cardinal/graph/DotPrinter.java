package dev.cardinal.graph;

import java.util.Map;

/** Prints a graph in the DOT language of Graphviz: {@code dot -Tsvg} draws it. Variables are left out, so that the picture shows the flow of the data. */
public final class DotPrinter {
  private DotPrinter() {}

  /** The DOT text. */
  public static String print(Graph g) {
    StringBuilder s = new StringBuilder("digraph cardinal {\n  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=10];\n");
    for (Value v : g.inputs().values()) {
      s.append("  v").append(v.id()).append(" [label=").append(quote(v.toString())).append(", style=filled, fillcolor=\"#e8eef7\"];\n");
    }
    for (Node n : g.nodes()) {
      s.append("  n").append(n.id()).append(" [label=").append(quote(n.name() + "\n" + n.op())).append("];\n");
      for (Value v : n.inputs()) {
        if (v.isComputed()) {
          s.append("  n").append(v.node().id()).append(" -> n").append(n.id()).append(" [label=").append(quote(v.type().toString())).append(", fontsize=8];\n");
        } else if (v.source() == Value.Source.INPUT) {
          s.append("  v").append(v.id()).append(" -> n").append(n.id()).append(";\n");
        }
      }
    }
    for (Map.Entry<String, Value> e : g.outputs().entrySet()) {
      if (e.getValue().isComputed()) {
        String id = "  o" + Integer.toHexString(e.getKey().hashCode());
        s.append(id).append(" [label=").append(quote(e.getKey())).append(", style=filled, fillcolor=\"#f7efe0\"];\n");
        s.append("  n").append(e.getValue().node().id()).append(" -> ").append(id.trim()).append(";\n");
      }
    }
    return s.append("}\n").toString();
  }

  private static String quote(String s) {
    return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
