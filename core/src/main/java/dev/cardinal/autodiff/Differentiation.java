package dev.cardinal.autodiff;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Gradients;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reverse-mode automatic differentiation (Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3) by appending nodes. */
public final class Differentiation {
  private final Graph graph;
  private final Map<Value, Value> gradients = new HashMap<>();
  private final Set<Value> needed = new HashSet<>();

  private Differentiation(Graph graph) {
    this.graph = graph;
  }

  /**
   * Appends the computation of the gradients of a scalar loss.
   *
   * @param loss a scalar computed in the graph
   * @param wrt what to differentiate with respect to: leaves or computed values
   * @return one gradient per element of {@code wrt}, in order, of its type
   * @throws IllegalArgumentException if the loss is not a floating-point scalar, or does not depend on one of {@code wrt}
   */
  public static List<Value> gradients(Graph graph, Value loss, List<Value> wrt) {
    TensorType t = loss.type();
    if (t.shape().rank() != 0 || !t.dtype().isFloating()) {
      throw new IllegalArgumentException("gradients are taken of a floating-point scalar, got " + loss + "; reduce it to a scalar first");
    }
    Value one = graph.constant("one", HostTensor.generate(t, i -> 1));
    return gradients(graph, loss, one, wrt);
  }

  /** As {@link #gradients(Graph, Value, List)} with a given gradient of {@code y}, which may have any shape: a vector-Jacobian product. */
  public static List<Value> gradients(Graph graph, Value y, Value yGradient, List<Value> wrt) {
    return new Differentiation(graph).run(y, yGradient, wrt);
  }

  private List<Value> run(Value y, Value seed, List<Value> wrt) {
    List<Node> forward = List.copyOf(graph.nodes());
    needed.addAll(wrt);
    for (Node n : forward) {
      // What depends on something wanted needs a gradient itself, on the way back.
      if (n.inputs().stream().anyMatch(needed::contains)) {
        n.outputs().stream().filter(v -> v.type().dtype().isFloating()).forEach(needed::add);
      }
    }
    gradients.put(y, seed);
    for (int i = forward.size() - 1; i >= 0; i--) {
      Node n = forward.get(i);
      boolean reached = n.outputs().stream().anyMatch(gradients::containsKey);
      if (reached && n.inputs().stream().anyMatch(needed::contains)) {
        backThrough(n);
      }
    }
    List<Value> result = new ArrayList<>();
    for (Value v : wrt) {
      Value g = gradients.get(v);
      if (g == null) {
        throw new IllegalArgumentException("the loss does not depend on " + v.name() + " (" + v.type() + "); leave it out, or freeze it");
      }
      result.add(g);
    }
    return result;
  }

  private void backThrough(Node n) {
    try (Graph.Scope scope = graph.absoluteScope(n.name().startsWith("~") ? n.name() : "~" + n.name())) {
      List<Value> in = n.op().gradient(new Rule(n));
      for (int i = 0; i < n.inputs().size(); i++) {
        Value v = n.input(i);
        Value g = in.get(i);
        if (g == null || !needed.contains(v)) {
          continue;
        }
        if (!g.type().equals(v.type())) {
          throw new IllegalStateException("the gradient rule of " + n + " gave " + g.type() + " for input " + i + " of type " + v.type());
        }
        // A value read in several places collects the sum of what comes back from each.
        gradients.merge(v, g, (a, b) -> graph.add(new Binary(Binary.Kind.ADD), a, b));
      }
    }
  }

  private final class Rule implements Gradients<Value> {
    private final Node node;

    Rule(Node node) {
      this.node = node;
    }

    @Override
    public int inputs() {
      return node.inputs().size();
    }

    @Override
    public Value input(int i) {
      return node.input(i);
    }

    @Override
    public Value output(int i) {
      return node.output(i);
    }

    @Override
    public Value outputGradient(int i) {
      return gradients.get(node.output(i));
    }

    @Override
    public boolean wanted(int i) {
      return needed.contains(node.input(i));
    }

    @Override
    public TensorType type(Value value) {
      return value.type();
    }

    @Override
    public List<Value> emitAll(Op op, List<Value> in) {
      return graph.addAll(op, in);
    }
  }
}
