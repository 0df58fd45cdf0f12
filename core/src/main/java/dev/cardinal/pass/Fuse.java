package dev.cardinal.pass;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fuses what would otherwise pass over memory again: an activation into the convolution, linear layer or batch normalisation before it, a residual addition into batch normalisation, and ReLU's
 * gradient into that of batch normalisation.
 *
 * <p>Each fusion is planned on the old graph as: the node to extend, what it absorbs, and the last absorbed node, in whose place the result is computed (all inputs are known there).
 */
final class Fuse implements Pass {
  /** What is computed where {@code last} stood: {@code op} on {@code inputs}, its first output standing for that of {@code last}. */
  private record Fusion(Node first, Node last, Op op, List<Value> inputs) {}

  @Override
  public String name() {
    return "fuse";
  }

  @Override
  public Graph run(Graph g) {
    Uses uses = new Uses(g);
    Map<Node, Fusion> atLast = new HashMap<>();
    Set<Node> absorbed = new HashSet<>();
    Map<Node, Node> preludes = new HashMap<>();
    for (Node n : g.nodes()) {
      Fusion f = absorbed.contains(n) ? null : forward(n, uses, absorbed);
      if (f != null) {
        atLast.put(f.last, f);
        markBetween(f, uses, absorbed);
      }
      Node mask = rectifierBehind(n, uses);
      if (mask != null) {
        preludes.put(mask, n);
        absorbed.add(n);
      }
    }
    Rewriter r = new Rewriter(g);
    for (Node n : g.nodes()) {
      Fusion f = atLast.get(n);
      if (f != null) {
        List<Value> out = r.emit(f.first.name(), f.op, f.inputs.stream().map(r::image).toList());
        r.replace(f.last.output(0), out.get(0));
        for (int i = 1; i < f.first.outputs().size(); i++) {
          r.replace(f.first.output(i), out.get(i));
        }
      } else if (preludes.containsKey(n)) {
        maskedBatchNorm(r, n, preludes.get(n));
      } else if (!absorbed.contains(n)) {
        r.copy(n);
      }
    }
    return r.finish();
  }

  private static void markBetween(Fusion f, Uses uses, Set<Node> absorbed) {
    Node n = f.first;
    while (n != f.last) {
      absorbed.add(n);
      n = uses.readers(n.output(0)).get(0);
    }
  }

  private static Fusion forward(Node n, Uses uses, Set<Node> absorbed) {
    if (n.op() instanceof BatchNormTraining || n.op() instanceof BatchNormInference) {
      return batchNorm(n, uses);
    }
    Node act = nextActivation(n, uses);
    if (act == null) {
      return null;
    }
    Activation.Kind kind = ((Activation) act.op()).kind();
    Op op = null;
    if (n.op() instanceof Conv c && c.activation() == Activation.Kind.IDENTITY) {
      op = new Conv(c.geometry(), kind);
    } else if (n.op() instanceof ConvBackwardData c && c.activation() == Activation.Kind.IDENTITY) {
      op = new ConvBackwardData(c.geometry(), c.size(), kind);
    } else if (n.op() instanceof Linear l && l.activation() == Activation.Kind.IDENTITY) {
      op = new Linear(kind);
    }
    return op == null ? null : new Fusion(n, act, op, n.inputs());
  }

  /** The activation that alone reads a node's first output and can be fused: one without a parameter, differentiated from its output. */
  private static Node nextActivation(Node n, Uses uses) {
    Node next = onlyReader(n.output(0), uses);
    boolean fusable = next != null && next.op() instanceof Activation a && a.kind() != Activation.Kind.LEAKY_RELU && a.kind().differentiatesFromOutput();
    return fusable ? next : null;
  }

  private static Node onlyReader(Value v, Uses uses) {
    List<Node> r = uses.readers(v);
    return r.size() == 1 && uses.onlyReader(v, r.get(0)) ? r.get(0) : null;
  }

  private static Fusion batchNorm(Node n, Uses uses) {
    if (n.inputs().size() == 6 || !plain(n.op())) {
      return null;
    }
    Node last = n;
    List<Value> inputs = new ArrayList<>(n.inputs());
    Node add = onlyReader(n.output(0), uses);
    boolean residual = add != null && add.op() instanceof Binary b && b.kind() == Binary.Kind.ADD && add.input(0).type().equals(add.input(1).type());
    if (residual) {
      Value other = add.input(0) == n.output(0) ? add.input(1) : add.input(0);
      // The other summand may come from a batch normalisation too (a down-sampled shortcut); whichever is computed last takes the sum.
      residual = !other.isComputed() || other.node().id() < n.id();
      if (residual) {
        inputs.add(other);
        last = add;
      }
    }
    Node act = onlyReader(last.output(0), uses);
    Activation.Kind kind = Activation.Kind.IDENTITY;
    if (act != null && act.op() instanceof Activation a && a.kind().rectifies()) {
      kind = a.kind();
      last = act;
    }
    // The statistics of a fused node are read by its gradient only after the activation, so computing it later is safe.
    return last == n ? null : new Fusion(n, last, with(n.op(), kind), inputs);
  }

  private static boolean plain(Op op) {
    return op instanceof BatchNormTraining b ? b.activation() == Activation.Kind.IDENTITY : ((BatchNormInference) op).activation() == Activation.Kind.IDENTITY;
  }

  private static Op with(Op op, Activation.Kind kind) {
    return op instanceof BatchNormTraining b ? new BatchNormTraining(b.epsilon(), b.momentum(), kind) : new BatchNormInference(((BatchNormInference) op).epsilon(), kind);
  }

  /** If {@code n} is the gradient of ReLU or ReLU6: the gradient of batch normalisation that reads it and can take its place, else null. */
  private static Node rectifierBehind(Node n, Uses uses) {
    if (!(n.op() instanceof ActivationBackward a) || !a.kind().rectifies() || uses.isKept(n.output(0))) {
      return null;
    }
    List<Node> readers = uses.readers(n.output(0));
    Node first = readers.isEmpty() ? null : readers.get(0);
    boolean plain = first != null && first.op() instanceof BatchNormTrainingBackward b && b.activation() == Activation.Kind.IDENTITY && first.input(0) == n.output(0);
    return plain ? first : null;
  }

  /** Batch normalisation's gradient takes the unmasked dy and y, and gives the masked dy as its last output to whoever else reads it. */
  private static void maskedBatchNorm(Rewriter r, Node bn, Node rectifier) {
    List<Value> in = new ArrayList<>();
    in.add(r.image(rectifier.input(0)));
    bn.inputs().subList(1, 5).forEach(v -> in.add(r.image(v)));
    in.add(r.image(rectifier.input(1)));
    List<Value> out = r.emit(bn.name(), new BatchNormTrainingBackward(((ActivationBackward) rectifier.op()).kind()), in);
    r.replace(bn, out);
    r.replace(rectifier.output(0), out.get(3));
  }
}
