package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.DropoutKernel;
import dev.cardinal.cpu.onednn.kernel.ResizeKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Slot;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.cpu.onednn.tiles.TileDropout;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import java.util.List;

/** Dropout with the counter it draws from, and resizing. */
final class Sampling {
  private Sampling() {}

  /** Row-major, because random words are counted in that order. */
  static void dropout(Node n, Build b) {
    Dropout op = (Dropout) n.op();
    Tensor x = b.in(n.input(0), Order.PLAIN);
    Tensor state = b.in(n.input(1), Order.PLAIN);
    Tensor y = b.out(n.output(0), Order.PLAIN);
    List<Slot> reads = List.of(x.slot(), state.slot());
    if (TileCode.hasVectors() && x.size() > 0) {
      TileDropout d = b.own(new TileDropout(op, x.shape(), b.threads()));
      b.step("philox by vectors", reads, List.of(y.slot()), () -> d.bind(x.slot().address(), state.slot().address(), y.slot().address()));
    } else {
      b.step("philox", reads, List.of(y.slot()), () -> DropoutKernel.bind(b.workers(), op, x.shape(), x.floats(), state.slot().address(), y.floats()));
    }
    b.mayReplace(y.slot(), x.slot());
  }

  static void advance(Node n, Build b) {
    Tensor x = b.in(n.input(0), Order.PLAIN);
    Tensor y = b.out(n.output(0), Order.PLAIN);
    int last = (int) x.size() - 1;
    b.step("counter", List.of(x.slot()), List.of(y.slot()), () -> {
      var in = NativeMemory.view(x.slot().address(), x.type().bytes()).asLongBuffer();
      var out = NativeMemory.view(y.slot().address(), y.type().bytes()).asLongBuffer();
      return () -> {
        for (int i = 0; i <= last; i++) {
          out.put(i, in.get(i) + (i == last ? 1 : 0));
        }
      };
    });
  }

  static void resize(Node n, Build b) {
    Resize op = (Resize) n.op();
    Tensor x = b.in(n.input(0), Order.PLAIN);
    Tensor y = b.out(n.output(0), Order.PLAIN);
    long planes = (long) x.shape().dim(0) * x.shape().dim(1);
    b.step("plane resize", List.of(x.slot()), List.of(y.slot()), () -> ResizeKernels.forward(b.workers(), op, planes, x.shape().spatial(), y.shape().spatial(), x.floats(), y.floats()));
  }

  static void resizeBackward(Node n, Build b) {
    Resize op = ((ResizeBackward) n.op()).forward();
    Tensor dy = b.in(n.input(0), Order.PLAIN);
    Tensor dx = b.out(n.output(0), Order.PLAIN);
    long planes = (long) dx.shape().dim(0) * dx.shape().dim(1);
    b.step("plane resize gradient", List.of(dy.slot()), List.of(dx.slot()), () -> ResizeKernels.backward(b.workers(), op, planes, dx.shape().spatial(), dy.shape().spatial(), dy.floats(),
        dx.floats()));
  }
}
