package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The gradient of a tensor that was cut in two, as where half of the channels pass by a branch (Ma et al. 2018, "ShuffleNet V2", figure 3c): the sum of the two pieces' gradients, each filled up with
 * zeros, is their concatenation.
 */
final class Join implements Pass {
  @Override
  public String name() {
    return "join";
  }

  @Override
  public Graph run(Graph g) {
    Uses uses = new Uses(g);
    Set<Node> absorbed = new HashSet<>();
    Set<Node> sums = new HashSet<>();
    for (Node n : g.nodes()) {
      if (n.op() instanceof Binary b && b.kind() == Binary.Kind.ADD && axis(n, uses) >= 0) {
        sums.add(n);
        absorbed.add(n.input(0).node());
        absorbed.add(n.input(1).node());
      }
    }
    if (sums.isEmpty()) {
      return g;
    }
    Rewriter r = new Rewriter(g);
    for (Node n : g.nodes()) {
      if (sums.contains(n)) {
        int axis = axis(n, uses);
        boolean inOrder = slice(n.input(0)).begin().get(axis) == 0;
        Value first = n.input(inOrder ? 0 : 1).node().input(0);
        Value second = n.input(inOrder ? 1 : 0).node().input(0);
        r.replace(n, r.emit(n.name(), new Concat(axis), List.of(r.image(first), r.image(second))));
      } else if (!absorbed.contains(n)) {
        r.copy(n);
      }
    }
    return r.finish();
  }

  /** The axis along which the summands, both gradients of slices that nobody else reads, lie side by side and fill the sum; -1 if there is none. */
  private static int axis(Node sum, Uses uses) {
    for (Value v : sum.inputs()) {
      if (!v.isComputed() || !(v.node().op() instanceof SliceBackward) || !uses.onlyReader(v, sum)) {
        return -1;
      }
    }
    Shape whole = sum.output(0).type().shape();
    Slice a = slice(sum.input(0));
    Slice b = slice(sum.input(1));
    int found = -1;
    for (int i = 0; i < whole.rank(); i++) {
      boolean all = isAll(a, i, whole) && isAll(b, i, whole);
      if (!all && (found >= 0 || !meet(a, b, i, whole) && !meet(b, a, i, whole))) {
        return -1;
      }
      found = all ? found : i;
    }
    return found;
  }

  private static Slice slice(Value v) {
    return ((SliceBackward) v.node().op()).forward();
  }

  private static boolean isAll(Slice s, int axis, Shape whole) {
    return s.step().get(axis) == 1 && s.begin().get(axis) == 0 && s.end().get(axis) == whole.dim(axis);
  }

  private static boolean meet(Slice a, Slice b, int axis, Shape whole) {
    boolean dense = a.step().get(axis) == 1 && b.step().get(axis) == 1;
    return dense && a.begin().get(axis) == 0 && a.end().get(axis).equals(b.begin().get(axis)) && b.end().get(axis) == whole.dim(axis);
  }
}
