package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.kernel.LossKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Loss functions and their gradients. Channels last, the logits of one label lie together. */
final class Losses {
  private Losses() {}

  static void crossEntropy(Node n, Build b) {
    CrossEntropy op = (CrossEntropy) n.op();
    Tensor x = b.in(n.input(0), Order.CHANNELS_LAST);
    Tensor labels = b.in(n.input(1), Order.PLAIN);
    Tensor loss = b.out(n.output(0), Order.PLAIN);
    b.step("softmax loss", List.of(x.slot(), labels.slot()), List.of(loss.slot()), () -> LossKernels.crossEntropy(b.workers(), rows(x.shape()), x.shape().dim(1), x.floats(), labels.ints(),
        loss.floats(), op.smoothing(), op.ignoreLabel()));
  }

  static void crossEntropyBackward(Node n, Build b) {
    CrossEntropyBackward op = (CrossEntropyBackward) n.op();
    Tensor dloss = b.in(n.input(0), Order.PLAIN);
    Tensor x = b.in(n.input(1), Order.CHANNELS_LAST);
    Tensor labels = b.in(n.input(2), Order.PLAIN);
    Tensor dx = b.out(n.output(0), Order.CHANNELS_LAST);
    b.step("softmax loss gradient", List.of(dloss.slot(), x.slot(), labels.slot()), List.of(dx.slot()), () -> LossKernels.crossEntropyBackward(b.workers(), rows(x.shape()),
        x.shape().dim(1), dloss.floats(), x.floats(), labels.ints(), dx.floats(), op.smoothing(), op.ignoreLabel()));
    b.mayReplace(dx.slot(), x.slot());
  }

  static void binaryCrossEntropy(Node n, Build b) {
    Order o = Pointwise.common(b, n.input(0), n.input(1));
    Tensor x = b.in(n.input(0), o);
    Tensor t = b.in(n.input(1), o);
    Tensor loss = b.out(n.output(0), Order.PLAIN);
    b.step("logistic loss", List.of(x.slot(), t.slot()), List.of(loss.slot()), () -> LossKernels.binaryCrossEntropy(b.workers(), x.size(), x.floats(), t.floats(), loss.floats()));
  }

  static void binaryCrossEntropyBackward(Node n, Build b) {
    Tensor dloss = b.in(n.input(0), Order.PLAIN);
    Order o = Pointwise.common(b, n.input(1), n.input(2));
    Tensor x = b.in(n.input(1), o);
    Tensor t = b.in(n.input(2), o);
    Tensor dx = b.out(n.output(0), o);
    b.step("logistic loss gradient", List.of(dloss.slot(), x.slot(), t.slot()), List.of(dx.slot()), () -> LossKernels.binaryCrossEntropyBackward(b.workers(), x.size(), dloss.floats(),
        x.floats(), t.floats(), dx.floats()));
    b.mayReplace(dx.slot(), x.slot());
  }

  private static long rows(Shape logits) {
    return logits.dim(1) == 0 ? 0 : logits.size() / logits.dim(1);
  }
}
