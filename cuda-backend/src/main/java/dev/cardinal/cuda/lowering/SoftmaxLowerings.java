package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Softmax and the losses. */
final class SoftmaxLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(Softmax.class, (op, n, b) -> softmax("softmax", op.axis(), op.log(), n, b)),
      OpLowering.of(SoftmaxBackward.class, (op, n, b) -> softmax("gradient", op.axis(), op.log(), n, b)),
      OpLowering.of(CrossEntropy.class, SoftmaxLowerings::crossEntropy),
      OpLowering.of(CrossEntropyBackward.class, SoftmaxLowerings::crossEntropyBackward),
      OpLowering.of(BinaryCrossEntropy.class, SoftmaxLowerings::binary),
      OpLowering.of(BinaryCrossEntropyBackward.class, SoftmaxLowerings::binaryBackward));

  private static final String FAMILY = "softmax";
  private static final int MOST_PARTS = 1024;

  private SoftmaxLowerings() {}

  /**
   * The lines of elements of a tensor along one axis.
   *
   * @param joined whether a line's elements follow each other
   * @param shape the launch
   * @param dimensions last arguments of kernels
   */
  private record Lines(long count, boolean joined, LaunchShape shape, List<Arg> dimensions) {
    static Lines of(CudaBuild b, Shape s, Order order, int axis, int most) {
      int length = s.dim(axis);
      long stride = Walk.strides(s, order)[axis];
      long count = length == 0 ? 0 : s.size() / length;
      if (stride > 1) {
        return new Lines(count, false, LaunchShape.over(count, Grids.THREADS, most), List.of(Arg.of(count), Arg.of(length), Arg.of(stride)));
      }
      int x = 1;
      while (x < length && x < Grids.THREADS) {
        x *= 2;
      }
      int y = Grids.THREADS / x;
      int blocks = (int) Math.max(1, Math.min(most, (count + y - 1) / y));
      return new Lines(count, true, new LaunchShape(blocks, 1, 1, x, y, 1, 0), List.of(Arg.of(count), Arg.of(length)));
    }

    String kernel(String name) {
      return name + (joined ? "_joined" : "_apart");
    }

    Arg[] arguments(Arg... own) {
      List<Arg> all = new ArrayList<>(Arrays.asList(own));
      all.addAll(dimensions);
      return all.toArray(Arg[]::new);
    }
  }

  private static void softmax(String name, int axis, boolean log, Node n, CudaBuild b) {
    Value y = n.output(0);
    Shape s = y.type().shape();
    Order order = b.order(y);
    DType storage = b.storage(y);
    List<Arg> args = new ArrayList<>();
    n.inputs().forEach(v -> args.add(Arg.in(b.in(v, order, storage))));
    args.add(Arg.out(b.out(y, order, storage)));
    args.add(Arg.of(log ? 1 : 0));
    if (s.size() > 0) {
      Lines lines = Lines.of(b, s, order, axis < 0 ? axis + s.rank() : axis, Grids.most(b));
      b.kernel(FAMILY, lines.kernel(name), CudaBuild.macros(storage), lines.shape(), lines.arguments(args.toArray(Arg[]::new)));
    }
  }

  private static void crossEntropy(CrossEntropy op, Node n, CudaBuild b) {
    Value logits = n.input(0);
    Order order = b.order(logits);
    DType storage = b.storage(logits);
    Slot loss = b.out(n.output(0), Order.ROWS, DType.F32);
    if (logits.type().shape().size() == 0) {
      MoveLowerings.zero(b, loss);
      return;
    }
    Slot x = b.in(logits, order, storage);
    Slot labels = b.in(n.input(1));
    Lines lines = Lines.of(b, logits.type().shape(), order, 1, MOST_PARTS);
    Parts parts = new Parts(b, lines.shape().gridX());
    b.kernel(FAMILY, lines.kernel("cross_entropy"), CudaBuild.macros(storage), lines.shape(),
        lines.arguments(Arg.in(x), Arg.in(labels), Arg.out(parts.losses), Arg.out(parts.counts), Arg.of((float) op.smoothing()), Arg.of(op.ignoreLabel())));
    parts.mean(b, storage, loss);
  }

  /** What each block leaves: a sum of losses and how many there were. */
  private static final class Parts {
    final int blocks;
    final Slot losses;
    final Slot counts;

    Parts(CudaBuild b, int blocks) {
      this.blocks = blocks;
      this.losses = b.temporary((long) blocks * Float.BYTES);
      this.counts = b.temporary((long) blocks * Integer.BYTES);
    }

    void mean(CudaBuild b, DType storage, Slot loss) {
      b.kernel(FAMILY, "mean_loss", CudaBuild.macros(storage), LaunchShape.of(1, Grids.THREADS), Arg.in(losses), Arg.in(counts), Arg.of(blocks), Arg.out(loss));
    }
  }

  private static void crossEntropyBackward(CrossEntropyBackward op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    Order order = b.order(dx);
    DType storage = b.storage(dx);
    Map<String, String> macros = CudaBuild.macros(storage);
    Slot out = b.out(dx, order, storage);
    if (dx.type().shape().size() == 0) {
      return;
    }
    Slot x = b.in(n.input(1), order, storage);
    Slot labels = b.in(n.input(2));
    Slot weight = b.temporary(Float.BYTES);
    Lines lines = Lines.of(b, dx.type().shape(), order, 1, Grids.most(b));
    b.kernel(FAMILY, "label_weight", macros, LaunchShape.of(1, Grids.THREADS), Arg.in(labels), Arg.of(op.ignoreLabel()), Arg.of(lines.count()), Arg.in(b.in(n.input(0), Order.ROWS, DType.F32)),
        Arg.out(weight));
    b.kernel(FAMILY, lines.kernel("cross_entropy_gradient"), macros, lines.shape(),
        lines.arguments(Arg.in(weight), Arg.in(x), Arg.in(labels), Arg.out(out), Arg.of((float) op.smoothing()), Arg.of(op.ignoreLabel())));
  }

  private static void binary(BinaryCrossEntropy op, Node n, CudaBuild b) {
    Value logits = n.input(0);
    long size = logits.type().shape().size();
    Order order = b.order(logits);
    DType storage = b.storage(logits);
    Slot x = b.in(logits, order, storage);
    Slot targets = b.in(n.input(1), order, storage);
    LaunchShape shape = LaunchShape.over(size, Grids.THREADS, MOST_PARTS);
    Parts parts = new Parts(b, shape.gridX());
    b.kernel(FAMILY, "binary_cross_entropy", CudaBuild.macros(storage), shape, Arg.in(x), Arg.in(targets), Arg.out(parts.losses), Arg.out(parts.counts), Arg.of(size));
    parts.mean(b, storage, b.out(n.output(0), Order.ROWS, DType.F32));
  }

  private static void binaryBackward(BinaryCrossEntropyBackward op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    long size = dx.type().shape().size();
    Order order = b.order(dx);
    DType storage = b.storage(dx);
    Arg dloss = Arg.in(b.in(n.input(0), Order.ROWS, DType.F32));
    Arg x = Arg.in(b.in(n.input(1), order, storage));
    Arg targets = Arg.in(b.in(n.input(2), order, storage));
    b.kernel("elementwise", "binary_cross_entropy_gradient", CudaBuild.macros(storage), Grids.overPacks(b, size, storage), dloss, x, targets, Arg.out(b.out(dx, order, storage)),
        Arg.of((float) (1.0 / size)), Arg.of(size));
  }
}
