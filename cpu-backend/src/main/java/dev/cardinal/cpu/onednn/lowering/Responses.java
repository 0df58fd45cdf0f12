package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitive;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.LrnKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import java.util.ArrayList;
import java.util.List;

/** Normalisation of responses across channels, and softmax. */
final class Responses {
  /** Under which a forward normalisation leaves its workspace for the backward one. */
  private record Key(Value x, Lrn op) {}

  /** A full vector. */
  private static final int FEWEST_CHANNELS = 16;

  private Responses() {}

  /** oneDNN's windows are centred and know no groups; the others are ours. Its gradient reads outside its memory for a window of one channel (3.11), so only the windows that networks use are its. */
  private static boolean forOneDnn(Lrn op, Value x) {
    boolean window = op.size() == 3 || op.size() == 5 || op.size() == 7;
    return op.groups() == 1 && window && x.type().shape().rank() == 4 && x.type().shape().dim(1) >= FEWEST_CHANNELS && x.type().shape().size() > 0;
  }

  static void lrn(Node n, Build b) {
    Lrn op = (Lrn) n.op();
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor y = b.out(n.output(0), Order.CHANNELS_LAST);
    if (!forOneDnn(op, n.input(0)) || !primitive(b, op, n.input(0), x, y.slot())) {
      int c = x.shape().dim(1);
      b.step("response rows", List.of(x.slot()), List.of(y.slot()), () -> LrnKernels.forward(b.workers(), op, x.size() / Math.max(1, c), c, x.floats(), y.floats()));
    }
  }

  private static boolean primitive(Build b, Lrn op, Value v, Tensor x, Slot y) {
    MemoryDesc d = b.describe(x);
    Primitive p = Primitives.lrn(d, op.size(), op.alpha(), op.beta(), op.k());
    if (p == null || p.isReference()) {
      if (p != null) {
        p.close();
      }
      return false;
    }
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, d, x.slot()), Arg.write(Primitives.DESTINATION, d, y)));
    MemoryDesc wd = p.workspace();
    if (wd != null) {
      Slot ws = b.temp(b.own(wd).bytes());
      args.add(Arg.write(Primitives.WORKSPACE, wd, ws));
      b.keep(new Key(v, op), new Tensor(v.type(), Order.CHANNELS_LAST, ws));
    }
    b.primitive(p, args.toArray(new Arg[0]));
    return true;
  }

  static void lrnBackward(Node n, Build b) {
    Lrn op = ((LrnBackward) n.op()).forward();
    Value v = n.input(1);
    Tensor dy = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor x = b.in(v, Order.CHANNELS_LAST);
    Tensor dx = b.out(n.output(0), Order.CHANNELS_LAST);
    if (forOneDnn(op, v) && primitiveBackward(b, op, v, dy, x, dx)) {
      return;
    }
    int c = x.shape().dim(1);
    b.step("response gradient rows", List.of(dy.slot(), x.slot()), List.of(dx.slot()), () -> LrnKernels.backward(b.workers(), op, x.size() / Math.max(1, c), c, dy.floats(), x.floats(),
        dx.floats()));
  }

  private static boolean primitiveBackward(Build b, Lrn op, Value v, Tensor dy, Tensor x, Tensor dx) {
    MemoryDesc d = b.describe(x);
    Primitive p = Primitives.lrnBackward(d, op.size(), op.alpha(), op.beta(), op.k());
    if (p == null || p.isReference()) {
      if (p != null) {
        p.close();
      }
      return false;
    }
    List<Arg> args = new ArrayList<>(List.of(Arg.read(Primitives.SOURCE, d, x.slot()), Arg.read(Primitives.DESTINATION_GRADIENT, d, dy.slot()),
        Arg.write(Primitives.SOURCE_GRADIENT, d, dx.slot())));
    MemoryDesc wd = p.workspace();
    if (wd != null) {
      b.own(wd);
      // The forward operation may stand in another program; then it is run again for its workspace.
      if (b.kept(new Key(v, op)) == null && !primitive(b, op, v, x, b.temp(d.bytes()))) {
        p.close();
        return false;
      }
      args.add(Arg.read(Primitives.WORKSPACE, wd, b.kept(new Key(v, op)).slot()));
    }
    b.primitive(p, args.toArray(new Arg[0]));
    return true;
  }

  static void softmax(Node n, Build b) {
    Softmax op = (Softmax) n.op();
    Tensor x = b.in(n.input(0));
    Tensor y = b.out(n.output(0), x.order());
    MemoryDesc d = b.describe(x);
    b.primitive(Primitives.softmax(d, axis(op.axis(), x), op.log()), Arg.read(Primitives.SOURCE, d, x.slot()), Arg.write(Primitives.DESTINATION, d, y.slot()));
    b.mayReplace(y.slot(), x.slot());
  }

  static void softmaxBackward(Node n, Build b) {
    SoftmaxBackward op = (SoftmaxBackward) n.op();
    Order o = Pointwise.common(b, n.input(0), n.input(1));
    Tensor dy = b.in(n.input(0), o);
    Tensor y = b.in(n.input(1), o);
    Tensor dx = b.out(n.output(0), o);
    MemoryDesc d = b.describe(y);
    b.primitive(Primitives.softmaxBackward(d, axis(op.axis(), y), op.log()), Arg.read(Primitives.DESTINATION_GRADIENT, d, dy.slot()), Arg.read(Primitives.DESTINATION, d, y.slot()),
        Arg.write(Primitives.SOURCE_GRADIENT, d, dx.slot()));
  }

  private static int axis(int axis, Tensor t) {
    return axis < 0 ? axis + t.shape().rank() : axis;
  }
}
