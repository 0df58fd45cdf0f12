package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operations that only move elements, of any type: each output element, in the order in which they lie, is fetched from where it is, in as wide pieces as fit. */
final class MoveLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(Reshape.class, (op, n, b) -> b.alias(n.output(0), n.input(0))),
      OpLowering.of(BroadcastTo.class, MoveLowerings::broadcast),
      OpLowering.of(Transpose.class, MoveLowerings::transpose),
      OpLowering.of(Slice.class, (op, n, b) -> slice(op, n, b, false)),
      OpLowering.of(SliceBackward.class, (op, n, b) -> slice(op.forward(), n, b, true)),
      OpLowering.of(Concat.class, MoveLowerings::concat),
      OpLowering.of(ChannelShuffle.class, MoveLowerings::shuffle));

  private static final int[] UNITS = {16, 8, 4, 2};

  private MoveLowerings() {}

  private static Shape shape(Value v) {
    return v.type().shape();
  }

  /** Moves a box. The walk's operands are x and y. */
  private static void move(CudaBuild b, DType storage, Slot x, long xBase, Slot y, long yBase, Walk walk) {
    if (walk.elements() == 0) {
      return;
    }
    int bytes = storage.bytes();
    int unit = 1;
    for (int u : UNITS) {
      if (unit == 1 && u > bytes && walk.inUnits(u / bytes, xBase, yBase)) {
        unit = u / bytes;
      }
    }
    Walk w = unit == 1 ? walk : walk.units(unit);
    List<Arg> args = new ArrayList<>(List.of(Arg.in(x), Arg.out(y), Arg.of(xBase / unit), Arg.of(yBase / unit), Arg.of(w.elements())));
    w.arguments(args);
    b.kernel("move", "move", Map.of("SIZE", String.valueOf(bytes * unit)), Grids.over(b, w.elements()), args.toArray(Arg[]::new));
  }

  private static void broadcast(BroadcastTo op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(y);
    Shape from = shape(n.input(0));
    long[] strides = Walk.strides(from, order);
    for (int a = 0; a < strides.length; a++) {
      strides[a] = from.dim(a) == 1 ? 0 : strides[a];
    }
    gather(n, b, order, strides);
  }

  /** Fetches every output element; the input lies in the order given, and the distances are those of its elements along the output's axes. */
  private static void gather(Node n, CudaBuild b, Order inputOrder, long[] strides) {
    Value y = n.output(0);
    DType storage = b.storage(y);
    Order order = b.order(y);
    Slot x = b.in(n.input(0), inputOrder, storage);
    int[] axes = Walk.axes(shape(y), order);
    move(b, storage, x, 0, b.out(y, order, storage), 0, Walk.of(Walk.sizes(shape(y), axes), Walk.at(strides, axes), Walk.at(Walk.strides(shape(y), order), axes)));
  }

  private static void transpose(Transpose op, Node n, CudaBuild b) {
    int[] from = op.permutation().stream().mapToInt(Integer::intValue).toArray();
    gather(n, b, Order.ROWS, Walk.at(Walk.strides(shape(n.input(0)), Order.ROWS), from));
  }

  private static void slice(Slice op, Node n, CudaBuild b, boolean backward) {
    Value part = backward ? n.input(0) : n.output(0);
    Value whole = backward ? n.output(0) : n.input(0);
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Slot x = b.in(n.input(0), order, storage);
    Slot out = b.out(y, order, storage);
    long[] strides = Walk.strides(shape(whole), order);
    long base = 0;
    for (int a = 0; a < strides.length; a++) {
      base += op.begin().get(a) * strides[a];
      strides[a] *= op.step().get(a);
    }
    int[] axes = Walk.axes(shape(part), order);
    long[] inPart = Walk.at(Walk.strides(shape(part), order), axes);
    long[] inWhole = Walk.at(strides, axes);
    int[] sizes = Walk.sizes(shape(part), axes);
    if (backward) {
      zero(b, out);
      move(b, storage, x, 0, out, base, Walk.of(sizes, inPart, inWhole));
    } else {
      move(b, storage, x, base, out, 0, Walk.of(sizes, inWhole, inPart));
    }
  }

  /** Sets all of a slot to zero. */
  static void zero(CudaBuild b, Slot s) {
    if (s.bytes() > 0) {
      b.step("zero", List.of(), List.of(s), () -> {
        long address = s.address();
        return () -> b.session().stream().fill(address, (byte) 0, s.bytes());
      });
    }
  }

  private static void concat(Concat op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Slot out = b.out(y, order, storage);
    int axis = op.axis() < 0 ? op.axis() + shape(y).rank() : op.axis();
    int[] axes = Walk.axes(shape(y), order);
    long[] strides = Walk.strides(shape(y), order);
    long base = 0;
    for (Value part : n.inputs()) {
      long[] own = Walk.strides(shape(part), order);
      move(b, storage, b.in(part, order, storage), 0, out, base, Walk.of(Walk.sizes(shape(part), axes), Walk.at(own, axes), Walk.at(strides, axes)));
      base += shape(part).dim(axis) * strides[axis];
    }
  }

  /** Output channel {@code j groups + i} is input channel {@code i n + j}: two axes in the place of the channels', which change places. */
  private static void shuffle(ChannelShuffle op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(y);
    DType storage = b.storage(y);
    Shape s = shape(y);
    int perGroup = s.dim(1) / op.groups();
    int plane = Math.toIntExact(s.spatialSize());
    long sample = (long) s.dim(1) * plane;
    long[] step = Walk.strides(Shape.of(s.dim(0), s.dim(1), plane), order);
    int[] sizes = {s.dim(0), perGroup, op.groups(), plane};
    long[] from = {sample, step[1], step[1] * perGroup, step[2]};
    long[] to = {sample, step[1] * op.groups(), step[1], step[2]};
    int[] axes = order == Order.ROWS ? new int[] {0, 1, 2, 3} : new int[] {0, 3, 1, 2};
    int[] walked = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      walked[i] = sizes[axes[i]];
    }
    move(b, storage, b.in(n.input(0), order, storage), 0, b.out(y, order, storage), 0, Walk.of(walked, Walk.at(from, axes), Walk.at(to, axes)));
  }
}
