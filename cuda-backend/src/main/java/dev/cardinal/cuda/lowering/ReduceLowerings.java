package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sums and means over axes. Once axes that follow each other are joined, most are sums over everything but one axis, as a bias's gradient is, or over everything; for them many blocks add up parts. What is
 * left, where axes that stay stand on both sides of some that go, is summed by one thread per result.
 */
final class ReduceLowerings {
  static final List<OpLowering> ALL = List.of(OpLowering.of(Reduce.class, ReduceLowerings::reduce));

  private static final String FAMILY = "sums";

  private ReduceLowerings() {}

  private static void reduce(Reduce op, Node n, CudaBuild b) {
    Value x = n.input(0);
    Value y = n.output(0);
    Shape shape = x.type().shape();
    DType storage = b.storage(x);
    long results = y.type().shape().size();
    float factor = op.kind() == Reduce.Kind.MEAN ? (float) ((double) results / shape.size()) : 1;
    Slot out = b.out(y, Order.ROWS, DType.F32);
    if (results == 0 || shape.size() == 0) {
      MoveLowerings.zero(b, out);
      return;
    }
    if (shape.rank() > 2 && op.axes().equals(Reduce.overAllBut(op.kind(), 1, shape.rank()).axes())) {
      Slot map = b.in(x, b.order(x), storage);
      sum(b, map, storage, ChannelGrid.of(b, shape, b.order(x), storage), factor, out);
      return;
    }
    Slot rows = b.in(x, Order.ROWS, storage);
    List<Integer> runs = new ArrayList<>();
    boolean staysFirst = runs(op, shape, runs);
    if (staysFirst && runs.size() <= 2) {
      int plane = runs.size() < 2 ? 1 : runs.get(1);
      sum(b, rows, storage, ChannelGrid.of(b, 1, runs.isEmpty() ? 1 : runs.get(0), plane, Order.ROWS, storage), factor, out);
    } else if (!staysFirst && runs.size() == 1) {
      sum(b, rows, storage, ChannelGrid.of(b, 1, 1, runs.get(0), Order.ROWS, storage), factor, out);
    } else if (!staysFirst && runs.size() <= 3) {
      sum(b, rows, storage, ChannelGrid.of(b, runs.get(0), runs.get(1), runs.size() < 3 ? 1 : runs.get(2), Order.ROWS, storage), factor, out);
    } else {
      sumAny(op, shape, b, rows, storage, factor, out, results);
    }
  }

  /** Joins axes that stay and axes that go, in turns; axes of one element are left out. Says whether the first run stays. */
  private static boolean runs(Reduce op, Shape shape, List<Integer> runs) {
    boolean first = true;
    boolean stays = true;
    for (int a = 0; a < shape.rank(); a++) {
      boolean s = !op.axes().contains(a);
      if (shape.dim(a) == 1) {
        continue;
      }
      if (!runs.isEmpty() && s == stays) {
        runs.set(runs.size() - 1, Math.multiplyExact(runs.get(runs.size() - 1), shape.dim(a)));
      } else {
        first = runs.isEmpty() ? s : first;
        runs.add(shape.dim(a));
      }
      stays = s;
    }
    return first;
  }

  /** Sums per channel: parts by many blocks, then their totals. */
  static void sum(CudaBuild b, Slot x, DType storage, ChannelGrid grid, float factor, Slot y) {
    Map<String, String> macros = CudaBuild.macros(storage);
    Slot partial = b.temporary(grid.partialBytes(1));
    b.kernel(FAMILY, grid.kernel("sum"), macros, grid.shape(), grid.arguments(Arg.in(x), Arg.out(partial)));
    b.kernel(FAMILY, "totals", macros, grid.finishing(), Arg.in(partial), Arg.of(grid.chunks()), Arg.of(grid.channels()), Arg.of(factor), Arg.out(y));
  }

  private static void sumAny(Reduce op, Shape shape, CudaBuild b, Slot x, DType storage, float factor, Slot y, long results) {
    int[] stay = axes(op, shape, false);
    int[] go = axes(op, shape, true);
    long[] strides = shape.strides();
    List<Arg> args = new ArrayList<>(List.of(Arg.in(x), Arg.out(y), Arg.of(factor), Arg.of(results), Arg.of(shape.size() / results)));
    Walk.of(Walk.sizes(shape, stay), Walk.at(strides, stay)).arguments(args);
    Walk.of(Walk.sizes(shape, go), Walk.at(strides, go)).arguments(args);
    b.kernel(FAMILY, "sum_any", CudaBuild.macros(storage), Grids.over(b, results), args.toArray(Arg[]::new));
  }

  private static int[] axes(Reduce op, Shape shape, boolean gone) {
    return java.util.stream.IntStream.range(0, shape.rank()).filter(a -> op.axes().contains(a) == gone).toArray();
  }
}
