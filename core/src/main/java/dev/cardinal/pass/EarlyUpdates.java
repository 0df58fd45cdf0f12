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

/**
 * Lets an update in place run as soon as it can: once what it reads is there and nobody will read what it overwrites. A gradient need not be kept then until all others are known, which for the fully
 * connected layers of AlexNet would take as much memory as their weights.
 */
final class EarlyUpdates implements Pass {
  @Override
  public String name() {
    return "early updates";
  }

  @Override
  public Graph run(Graph g) {
    Uses uses = new Uses(g);
    Map<Node, Set<Node>> waitsFor = new HashMap<>();
    Map<Node, List<Node>> awaitedBy = new HashMap<>();
    for (Node n : g.nodes()) {
      if (isInPlace(n, g)) {
        Set<Node> before = before(n, uses);
        waitsFor.put(n, before);
        before.forEach(b -> awaitedBy.computeIfAbsent(b, k -> new ArrayList<>()).add(n));
      }
    }
    if (waitsFor.isEmpty()) {
      return g;
    }
    Rewriter r = new Rewriter(g);
    for (Node n : g.nodes()) {
      // An update that waits for somebody comes after the last of them; one that never did has not come yet.
      if (waitsFor.getOrDefault(n, Set.of()).isEmpty() && !r.has(n.output(0))) {
        copy(n, r, waitsFor, awaitedBy);
      }
    }
    return r.finish();
  }

  /** Copies a node, and after it the updates that waited for it last. */
  private static void copy(Node n, Rewriter r, Map<Node, Set<Node>> waitsFor, Map<Node, List<Node>> awaitedBy) {
    r.copy(n);
    for (Node u : awaitedBy.getOrDefault(n, List.of())) {
      Set<Node> before = waitsFor.get(u);
      before.remove(n);
      if (before.isEmpty()) {
        copy(u, r, waitsFor, awaitedBy);
      }
    }
  }

  /** Whether all that a node gives takes the place of variables. */
  private static boolean isInPlace(Node n, Graph g) {
    for (int i = 0; i < n.outputs().size(); i++) {
      int target = n.op().overwrites(i, n.inputs().size());
      if (target < 0 || !n.output(i).equals(g.assignments().get(n.input(target)))) {
        return false;
      }
    }
    return true;
  }

  /** Those that compute what an update reads, and those that read what it overwrites. */
  private static Set<Node> before(Node update, Uses uses) {
    Set<Node> before = new HashSet<>();
    for (Value v : update.inputs()) {
      if (v.isComputed()) {
        before.add(v.node());
      }
    }
    for (int i = 0; i < update.outputs().size(); i++) {
      before.addAll(uses.readers(update.input(update.op().overwrites(i, update.inputs().size()))));
    }
    before.remove(update);
    return before;
  }
}
