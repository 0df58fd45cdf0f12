package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Op;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Copies a graph node by node into a new one, letting a pass put something else in a node's place. */
final class Rewriter {
  private final Graph from;
  private final Graph to = new Graph();
  private final Map<Value, Value> image = new HashMap<>();

  Rewriter(Graph from) {
    this.from = from;
    from.inputs().forEach((name, v) -> image.put(v, to.input(name, v.type())));
    from.variables().forEach((name, v) -> image.put(v, to.variable(name, v.type())));
    from.constants().forEach((v, t) -> image.put(v, to.constant(v.name(), t)));
  }

  /** What stands for an old value in the new graph. */
  Value image(Value old) {
    Value v = image.get(old);
    if (v == null) {
      throw new IllegalStateException(old + " has not been copied yet");
    }
    return v;
  }

  boolean has(Value old) {
    return image.containsKey(old);
  }

  /** Copies a node as it is. */
  void copy(Node n) {
    replace(n, emit(n.name(), n.op(), n.inputs().stream().map(this::image).toList()));
  }

  /** Appends a node to the new graph, on values of the new graph. */
  List<Value> emit(String name, Op op, List<Value> inputs) {
    try (Graph.Scope scope = to.absoluteScope(name)) {
      return to.addAll(op, inputs);
    }
  }

  /** Lets new values stand for an old node's outputs, in order; there may be fewer if the rest is not used. */
  void replace(Node old, List<Value> with) {
    for (int i = 0; i < Math.min(with.size(), old.outputs().size()); i++) {
      image.put(old.output(i), with.get(i));
    }
  }

  void replace(Value old, Value with) {
    image.put(old, with);
  }

  /** The new graph, with the old one's outputs and assignments. */
  Graph finish() {
    from.outputs().forEach((name, v) -> to.output(name, image(v)));
    from.assignments().forEach((variable, v) -> to.assign(image(variable), image(v)));
    return to;
  }
}
