package dev.cardinal.cpu.reference;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.pass.Uses;
import java.util.ArrayList;
import java.util.List;

/** After which node each computed value of a graph is no longer needed, and how much memory that saves. */
final class Lifetimes {
  private final List<List<Value>> deaths = new ArrayList<>();
  private long peak;
  private long total;

  Lifetimes(Graph graph) {
    Uses uses = new Uses(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      deaths.add(new ArrayList<>());
    }
    for (Node n : graph.nodes()) {
      for (Value v : n.outputs()) {
        if (!uses.isKept(v)) {
          List<Node> readers = uses.readers(v);
          deaths.get(readers.isEmpty() ? n.id() : readers.get(readers.size() - 1).id()).add(v);
        }
      }
    }
    long live = 0;
    for (Node n : graph.nodes()) {
      for (Value v : n.outputs()) {
        live += v.type().bytes();
        total += v.type().bytes();
      }
      peak = Math.max(peak, live);
      for (Value v : deaths.get(n.id())) {
        live -= v.type().bytes();
      }
    }
  }

  /** The values that no later node, output or assignment needs. */
  List<Value> diesAfter(Node n) {
    return deaths.get(n.id());
  }

  /** The most bytes of computed values that are alive at one time. */
  long peakBytes() {
    return peak;
  }

  /** Bytes of all computed values together. */
  long totalBytes() {
    return total;
  }
}
