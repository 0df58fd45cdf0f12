package dev.cardinal.parallel;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdamUpdate;
import dev.cardinal.op.ClipFactor;
import dev.cardinal.op.EmaUpdate;
import dev.cardinal.op.Layout;
import dev.cardinal.op.Op;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.SgdUpdate;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Places what the optimiser does: every device updates what it holds, and the norm of all gradients is the norm of the devices' norms. */
final class Updates {
  private final Splitter s;

  Updates(Splitter s) {
    this.s = s;
  }

  /** Scalars before the lists, or -1 if it is no update. */
  private static int scalars(Op op) {
    return op instanceof SgdUpdate ? 2 : op instanceof AdamUpdate ? 3 : op instanceof EmaUpdate ? 1 : -1;
  }

  private static int lists(Op op) {
    return op instanceof SgdUpdate ? 3 : op instanceof AdamUpdate ? 4 : 2;
  }

  /** Finds the gradients that only the optimiser reads, and the parameter of each. */
  void findGradients(Graph g, Map<Value, Value> gradientOf) {
    Set<Value> readElsewhere = new HashSet<>(g.outputs().values());
    for (Node n : g.nodes()) {
      boolean update = n.op() instanceof SgdUpdate || n.op() instanceof AdamUpdate;
      if (update) {
        int first = scalars(n.op());
        int count = (n.inputs().size() - first) / lists(n.op());
        for (int i = 0; i < count; i++) {
          gradientOf.put(n.input(first + count + i), n.input(first + i));
        }
      } else if (!(n.op() instanceof ClipFactor)) {
        readElsewhere.addAll(n.inputs());
      }
    }
    gradientOf.keySet().removeAll(readElsewhere);
  }

  /** Places a node if it is of the optimiser's. */
  boolean place(Node n) {
    if (n.op() instanceof ClipFactor) {
      clip(n);
      return true;
    }
    if (scalars(n.op()) < 0) {
      return false;
    }
    int first = scalars(n.op());
    int lists = lists(n.op());
    int count = (n.inputs().size() - first) / lists;
    Layout whole = Layout.whole(s.devices());
    List<Layout> layouts = new ArrayList<>();
    for (int i = 0; i < n.inputs().size(); i++) {
      layouts.add(i < first ? whole : layout(n, first, count, (i - first) % count));
    }
    List<Value[]> in = new ArrayList<>();
    for (int i = 0; i < n.inputs().size(); i++) {
      in.add(s.in(n.input(i), layouts.get(i), n.name()));
    }
    List<Value[]> out = s.locals().emit(n.name(), d -> n.op(), in);
    for (int i = 0; i < out.size(); i++) {
      s.define(n.output(i), layouts.get(n.op().overwrites(i, n.inputs().size())), out.get(i));
    }
    return true;
  }

  /** As the parameter lies, or for an average that nobody placed yet as the value that it follows. */
  private Layout layout(Node n, int first, int count, int i) {
    Value target = n.input(first + i);
    Layout l = s.spread(s.isPinned(target) ? target : n.input(first + count + i)).layout();
    return l.isSum() ? Layout.whole(s.devices()) : l;
  }

  private void clip(Node n) {
    int k = s.devices();
    Layout whole = Layout.whole(k);
    List<Layout> layouts = new ArrayList<>();
    for (Value v : n.inputs()) {
      Layout wanted = s.wantedOfGradient(v);
      Layout l = wanted != null ? wanted : s.spread(v).layout().isSum() ? whole : s.spread(v).layout();
      layouts.add(l.isWhole() || l.isDisjoint() ? l : whole);
    }
    List<Value[]> in = new ArrayList<>();
    for (int i = 0; i < n.inputs().size(); i++) {
      in.add(s.in(n.input(i), layouts.get(i), n.name()));
    }
    if (layouts.stream().allMatch(Layout::isWhole)) {
      define(n, s.locals().emit(n.name(), d -> n.op(), in));
      return;
    }
    Value[] norms = new Value[k];
    for (int d = 0; d < k; d++) {
      List<Value> mine = new ArrayList<>();
      for (int i = 0; i < in.size(); i++) {
        // What every device holds counts once.
        if (d == 0 || !layouts.get(i).isWhole()) {
          mine.add(in.get(i)[d]);
        }
      }
      Value norm = s.locals().add(d, n.name(), n.op(), mine).get(1);
      norms[d] = s.locals().add(d, n.name(), new Reshape(Shape.of(1)), List.of(norm)).get(0);
    }
    Spread all = new Spread(new TensorType(n.output(1).type().dtype(), Shape.of(k)), Layout.even(k, 0, k), norms);
    List<Value[]> vector = new ArrayList<>();
    vector.add(s.conversions().convert(all, whole, n.name()));
    define(n, s.locals().emit(n.name(), d -> n.op(), vector));
  }

  private void define(Node n, List<Value[]> out) {
    Map<Integer, Value[]> byIndex = new HashMap<>();
    for (int i = 0; i < out.size(); i++) {
      byIndex.put(i, out.get(i));
    }
    byIndex.forEach((i, v) -> s.define(n.output(i), Layout.whole(s.devices()), v));
  }
}
