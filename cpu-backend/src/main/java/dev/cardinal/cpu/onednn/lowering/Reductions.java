package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.kernel.ReduceKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Sums and means over axes, in whatever order the input is. */
final class Reductions {
  private Reductions() {}

  static void reduce(Node n, Build b) {
    if (Rectifiers.sums(n, b)) {
      return;
    }
    Reduce op = (Reduce) n.op();
    Tensor x = b.in(n.input(0));
    Tensor y = b.out(n.output(0), Order.PLAIN);
    Shape s = x.shape();
    int[] axes = Tensor.physicalAxes(x.dims().length, x.order());
    long[] strides = new long[axes.length];
    long step = 1;
    for (int i = s.rank() - 1; i >= 0; i--) {
      if (!op.axes().contains(i)) {
        strides[i] = step;
        step *= s.dim(i);
      }
    }
    double factor = op.kind() == Reduce.Kind.MEAN ? (double) y.size() / x.size() : 1;
    long[] dims = Pointwise.permute(x.dims(), axes);
    long[] targets = Pointwise.permute(strides, axes);
    b.step("reduce", List.of(x.slot()), List.of(y.slot()), () -> ReduceKernels.reduce(b.workers(), dims, targets, x.floats(), y.floats(), (int) y.size(), factor));
  }
}
