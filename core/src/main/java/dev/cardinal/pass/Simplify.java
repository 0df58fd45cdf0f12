package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Scale;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Removes what changes nothing: nodes nobody needs, the same computation twice, reshapes to the same shape and the like. */
final class Simplify implements Pass {
  private record Key(Op op, List<Value> inputs) {}

  @Override
  public String name() {
    return "simplify";
  }

  @Override
  public Graph run(Graph g) {
    Set<Node> needed = needed(g);
    Rewriter r = new Rewriter(g);
    Map<Key, Node> seen = new HashMap<>();
    for (Node n : g.nodes()) {
      if (!needed.contains(n)) {
        continue;
      }
      Value same = identity(n);
      if (same != null) {
        r.replace(n.output(0), r.image(same));
        continue;
      }
      Key key = new Key(n.op(), n.inputs().stream().map(r::image).toList());
      Node twin = updatesState(n) ? null : seen.putIfAbsent(key, n);
      if (twin == null) {
        r.copy(n);
      } else {
        r.replace(n, twin.outputs().stream().map(r::image).toList());
      }
    }
    return r.finish();
  }

  private static boolean updatesState(Node n) {
    for (int i = 0; i < n.outputs().size(); i++) {
      if (n.op().overwrites(i, n.inputs().size()) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** The input that a node gives back unchanged, or null. */
  private static Value identity(Node n) {
    Op op = n.op();
    boolean sameType = n.inputs().size() == 1 && n.input(0).type().equals(n.output(0).type());
    boolean nothing = op instanceof Reshape
        || op instanceof Cast
        || op instanceof Activation a && a.kind() == Activation.Kind.IDENTITY
        || op instanceof Scale s && s.factor() == 1 && s.offset() == 0;
    return sameType && nothing ? n.input(0) : null;
  }

  private static Set<Node> needed(Graph g) {
    Set<Value> wanted = new HashSet<>(g.outputs().values());
    wanted.addAll(g.assignments().values());
    Set<Node> needed = new HashSet<>();
    for (int i = g.nodes().size() - 1; i >= 0; i--) {
      Node n = g.nodes().get(i);
      if (n.op() instanceof Collective || n.outputs().stream().anyMatch(wanted::contains)) {
        // The other devices wait at a collective, whether this one needs it or not.
        needed.add(n);
        wanted.addAll(n.inputs());
      }
    }
    return needed;
  }
}
