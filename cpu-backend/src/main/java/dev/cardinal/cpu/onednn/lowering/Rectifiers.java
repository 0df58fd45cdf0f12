package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.Rectification;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Slice;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Gradients of ReLU by machine code of ours, which adds up a bias' gradient on the way and reads some channels of a wider map where they are. Every method says whether it took the node. */
final class Rectifiers {
  /** The key of sums over the positions of a value. */
  private record SumsOf(Value map) {}

  private record Summed(Rectification by, Slot parts) {}

  private Rectifiers() {}

  /** dx where y is positive, else 0. */
  static boolean backward(Node n, Build b) {
    Node slice = b.postponed(n.input(0));
    Value dy = slice == null ? n.input(0) : slice.input(0);
    Value y = n.input(1);
    Shape s = y.type().shape();
    if (slice == null && !(isThere(b, y) && suits(s, s.dim(1)))) {
      return false;
    }
    int wide = dy.type().shape().dim(1);
    Rectification r = b.own(new Rectification(s.size() / s.dim(1), s.dim(1), wide, b.threads()));
    Slot dys = b.in(dy, Order.CHANNELS_LAST).slot();
    Slot ys = b.in(y, Order.CHANNELS_LAST).slot();
    Slot dx = b.out(n.output(0), Order.CHANNELS_LAST).slot();
    Slot sums = b.uses().readers(n.output(0)).stream().anyMatch(Rectifiers::isBias) ? b.temp(r.sumBytes()) : null;
    List<Slot> writes = new ArrayList<>(List.of(dx));
    if (sums != null) {
      b.keep(new SumsOf(n.output(0)), new Summed(r, sums));
      writes.add(sums);
    }
    long first = slice == null ? 0 : (long) ((Slice) slice.op()).begin().get(1) * Float.BYTES;
    b.step("rectifier", List.of(dys, ys), writes, () -> r.bind(dys.address() + first, ys.address(), dx.address(), sums == null ? 0 : sums.address()));
    if (slice == null) {
      b.mayReplace(dx, dys);
    }
    b.mayReplace(dx, ys);
    return true;
  }

  /** Sums over all positions that came on the way. */
  static boolean sums(Node n, Build b) {
    Summed given = isBias(n) ? b.kept(new SumsOf(n.input(0)), Summed.class) : null;
    if (given == null) {
      return false;
    }
    Tensor y = b.out(n.output(0), Order.PLAIN);
    b.step("sums given", List.of(given.parts), List.of(y.slot()), () -> given.by.total(given.parts.address(), y.floats()));
    return true;
  }

  /** Some channels that nobody reads but the gradient of a ReLU, which will find them. */
  static boolean slice(Node n, Build b) {
    Slice op = (Slice) n.op();
    Value part = n.output(0);
    List<Node> readers = b.uses().readers(part);
    boolean alone = readers.size() == 1 && readers.get(0).op() instanceof ActivationBackward a && a.kind() == Activation.Kind.RELU && readers.get(0).input(0) == part && !b.uses().isKept(part);
    Shape s = part.type().shape();
    if (!alone || s.rank() < 3 || !isThere(b, readers.get(0).input(1)) || !b.has(n.input(0), Order.CHANNELS_LAST) || !suits(s, n.input(0).type().shape().dim(1))) {
      return false;
    }
    for (int axis = 0; axis < s.rank(); axis++) {
      if (op.step().get(axis) != 1 || axis != 1 && s.dim(axis) != n.input(0).type().shape().dim(axis)) {
        return false;
      }
    }
    b.postpone(n);
    return true;
  }

  private static boolean isBias(Node n) {
    return n.op() instanceof Reduce r && r.equals(Reduce.overAllBut(Reduce.Kind.SUM, 1, n.input(0).type().shape().rank()));
  }

  private static boolean isThere(Build b, Value y) {
    return TileCode.hasVectors() && y.type().shape().rank() >= 3 && b.mapOrder(y) == Order.CHANNELS_LAST && b.has(y, Order.CHANNELS_LAST);
  }

  private static boolean suits(Shape s, int wide) {
    return s.size() > 0 && Rectification.suits(s.size() / s.dim(1), s.dim(1), wide);
  }
}
