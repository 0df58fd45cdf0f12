package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.Primitives;
import dev.cardinal.cpu.onednn.kernel.LrnKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Build.Arg;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import java.util.List;

/** Normalisation of responses across channels, and softmax. */
final class Responses {
  private Responses() {}

  /** By a kernel of our own: the library's windows are centred and know no groups, and its gradient reads outside its memory for a window of one channel (3.11). */
  static void lrn(Node n, Build b) {
    Lrn op = (Lrn) n.op();
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor y = b.out(n.output(0), Order.CHANNELS_LAST);
    int c = x.shape().dim(1);
    b.step("response rows", List.of(x.slot()), List.of(y.slot()), () -> LrnKernels.forward(b.workers(), op, x.size() / Math.max(1, c), c, x.floats(), y.floats()));
  }

  static void lrnBackward(Node n, Build b) {
    Lrn op = ((LrnBackward) n.op()).forward();
    Tensor dy = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor x = b.in(n.input(1), Order.CHANNELS_LAST);
    Tensor dx = b.out(n.output(0), Order.CHANNELS_LAST);
    int c = x.shape().dim(1);
    b.step("response gradient rows", List.of(dy.slot(), x.slot()), List.of(dx.slot()), () -> LrnKernels.backward(b.workers(), op, x.size() / Math.max(1, c), c, dy.floats(), x.floats(),
        dx.floats()));
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
