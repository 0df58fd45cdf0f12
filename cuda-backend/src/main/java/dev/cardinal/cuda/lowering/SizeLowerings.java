package dev.cardinal.cuda.lowering;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What changes a tensor's size or its elements' type. */
final class SizeLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(Resize.class, (op, n, b) -> resize(op, n, b, false)),
      OpLowering.of(ResizeBackward.class, (op, n, b) -> resize(op.forward(), n, b, true)),
      OpLowering.of(Pad.class, SizeLowerings::pad),
      OpLowering.of(PadBackward.class, SizeLowerings::padBackward),
      OpLowering.of(Cast.class, SizeLowerings::cast));

  private SizeLowerings() {}

  private static Shape shape(Value v) {
    return v.type().shape();
  }

  private static void resize(Resize op, Node n, CudaBuild b, boolean backward) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Slot x = b.in(n.input(0), order, storage);
    Slot out = b.out(y, order, storage);
    if (shape(y).size() > 0) {
      int mode = op.mode() == Resize.Mode.NEAREST ? 0 : op.alignCorners() ? 2 : 1;
      PositionGrid grid = PositionGrid.of(b, shape(y), order, storage);
      Shape small = shape(backward ? y : n.input(0));
      Shape large = shape(backward ? n.input(0) : y);
      b.kernel("resize", (backward ? "resize_gradient" : "resize") + grid.suffix(), CudaBuild.macros(storage), grid.shape(),
          grid.arguments(List.of(Arg.in(x), Arg.out(out)), PositionGrid.three(small), PositionGrid.three(large), new int[] {mode}));
    }
  }

  private static int number(Pad.Mode mode) {
    return switch (mode) {
      case CONSTANT -> 0;
      case REFLECT -> 1;
      case EDGE -> 2;
    };
  }

  private static void pad(Pad op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    int[] axes = Walk.axes(shape(y), order);
    if (axes.length > Walk.AXES) {
      throw new DeviceException("GPUs pad tensors of at most " + Walk.AXES + " axes, got " + shape(y) + "; reshape it so that it has fewer");
    }
    Slot x = b.in(n.input(0), order, storage);
    Slot out = b.out(y, order, storage);
    List<Arg> args = new ArrayList<>(List.of(Arg.in(x), Arg.out(out), Arg.of((float) op.value()), Arg.of(number(op.mode())), Arg.of(shape(y).size())));
    for (int i = 0; i < 3 * Walk.AXES; i++) {
      int a = i % Walk.AXES - Walk.AXES + axes.length;
      int kind = i / Walk.AXES;
      if (a < 0) {
        args.add(Arg.of(kind < 2 ? 1 : 0));
      } else {
        args.add(Arg.of(kind == 0 ? shape(y).dim(axes[a]) : kind == 1 ? shape(n.input(0)).dim(axes[a]) : op.low().get(axes[a])));
      }
    }
    if (shape(y).size() > 0) {
      b.kernel("pad", "pad", CudaBuild.macros(storage), Grids.over(b, shape(y).size()), args.toArray(Arg[]::new));
    }
  }

  /** Folds one padded axis after the other. */
  private static void padBackward(PadBackward op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    Order order = b.order(dx);
    DType storage = b.storage(dx);
    Pad pad = op.forward();
    int[] axes = Walk.axes(shape(dx), order);
    int[] sizes = Walk.sizes(shape(n.input(0)), axes);
    List<Integer> padded = new ArrayList<>();
    for (int i = 0; i < axes.length; i++) {
      if (pad.low().get(axes[i]) > 0 || pad.high().get(axes[i]) > 0) {
        padded.add(i);
      }
    }
    Slot from = b.in(n.input(0), order, storage);
    Slot result = b.out(dx, order, storage);
    if (shape(dx).size() == 0) {
      return;
    }
    if (padded.isEmpty()) {
      b.copy(n.name(), from, result);
    }
    for (int i : padded) {
      int axis = axes[i];
      int size = shape(dx).dim(axis);
      sizes[i] = size;
      long elements = Arrays.stream(sizes).asLongStream().reduce(1, (p, q) -> p * q);
      long inner = Arrays.stream(sizes).skip(i + 1).asLongStream().reduce(1, (p, q) -> p * q);
      Slot to = i == padded.get(padded.size() - 1) ? result : b.temporary(elements * storage.bytes());
      b.kernel("pad", "fold", CudaBuild.macros(storage), Grids.over(b, elements), Arg.in(from), Arg.out(to), Arg.of(number(pad.mode())), Arg.of(elements), Arg.of(size),
          Arg.of(pad.low().get(axis)), Arg.of(pad.high().get(axis)), Arg.of(inner));
      from = to;
    }
  }

  private static void cast(Cast op, Node n, CudaBuild b) {
    Value x = n.input(0);
    Value y = n.output(0);
    DType from = b.storage(x);
    DType to = b.storage(y);
    if (from == to || from.isFloating() && to.isFloating() && from != DType.F64 && to != DType.F64) {
      b.alias(y, x);
      return;
    }
    Map<String, String> macros = Map.of("FROM", number(from), "TO", number(to));
    Slot in = b.in(x, Order.ROWS, from);
    Slot out = b.out(y, Order.ROWS, to);
    if (shape(y).size() > 0) {
      b.kernel("cast", "cast", macros, Grids.over(b, shape(y).size()), Arg.in(in), Arg.out(out), Arg.of(shape(y).size()));
    }
  }

  private static String number(DType t) {
    return switch (t) {
      case F32 -> "0";
      case BF16 -> "1";
      case F16 -> "2";
      case I32 -> "3";
      case I64 -> "4";
      case U8 -> "5";
      case F64 -> throw new DeviceException("GPUs do not compute in f64; use f32, or another device, such as cpu:reference");
    };
  }
}
