package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What works element by element: in whatever form the result should have, over sixteen bytes a thread and turn. */
final class ElementwiseLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(Activation.class, (op, n, b) -> map(n, b, "activation_" + lower(op.kind()), op.alpha(), 0)),
      OpLowering.of(ActivationBackward.class, (op, n, b) -> map(n, b, "gradient_" + lower(op.kind()), op.alpha(), 0)),
      OpLowering.of(Unary.class, (op, n, b) -> map(n, b, "unary_" + lower(op.kind()), 0, 0)),
      OpLowering.of(Scale.class, (op, n, b) -> map(n, b, "scale", op.factor(), op.offset())),
      OpLowering.of(Binary.class, ElementwiseLowerings::binary));

  private static final String FAMILY = "elementwise";

  private ElementwiseLowerings() {}

  private static String lower(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static void map(Node n, CudaBuild b, String kernel, double first, double second) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    List<Arg> args = new ArrayList<>();
    n.inputs().forEach(v -> args.add(Arg.in(b.in(v, order, storage))));
    args.add(Arg.out(b.out(y, order, storage)));
    long size = y.type().shape().size();
    args.addAll(List.of(Arg.of((float) first), Arg.of((float) second), Arg.of(size)));
    if (size > 0) {
      b.kernel(FAMILY, kernel, CudaBuild.macros(storage), Grids.overPacks(b, size, storage), args.toArray(Arg[]::new));
    }
  }

  private static void binary(Binary op, Node n, CudaBuild b) {
    String kernel = "binary_" + lower(op.kind());
    Value y = n.output(0);
    Shape shape = y.type().shape();
    if (n.inputs().stream().allMatch(v -> v.type().shape().equals(shape))) {
      map(n, b, kernel, 0, 0);
      return;
    }
    Order order = b.order(y);
    DType storage = b.storage(y);
    int[] axes = Walk.axes(shape, order);
    List<Arg> args = new ArrayList<>();
    long[][] strides = new long[2][];
    for (int i = 0; i < strides.length; i++) {
      Shape s = n.input(i).type().shape();
      // What is repeated is small, and lies in rows as weights do.
      Order own = s.equals(shape) ? order : Order.ROWS;
      Slot slot = b.in(n.input(i), own, storage);
      args.add(Arg.in(slot));
      strides[i] = Walk.at(repeated(s, own, shape), axes);
    }
    args.add(Arg.out(b.out(y, order, storage)));
    Walk walk = Walk.of(Walk.sizes(shape, axes), strides);
    args.add(Arg.of(walk.elements()));
    walk.arguments(args);
    if (walk.elements() > 0) {
      b.kernel("broadcast", kernel, CudaBuild.macros(storage), Grids.over(b, walk.elements()), args.toArray(Arg[]::new));
    }
  }

  /** Distances of an operand's elements along the axes of the shape that it is repeated to, aligned at the last axis. */
  private static long[] repeated(Shape s, Order order, Shape to) {
    long[] own = Walk.strides(s, order);
    long[] strides = new long[to.rank()];
    int extra = to.rank() - s.rank();
    for (int a = extra; a < strides.length; a++) {
      strides[a] = s.dim(a - extra) == 1 ? 0 : own[a - extra];
    }
    return strides;
  }
}
