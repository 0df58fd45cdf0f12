package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdaptiveAvgPoolBackward;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.MaxUnpoolBackward;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Pooling, unpooling and their gradients. Gradients gather, so that they add up in one order always. */
final class PoolLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(MaxPool.class, PoolLowerings::maxPool),
      OpLowering.of(MaxPoolBackward.class, PoolLowerings::maxPoolBackward),
      OpLowering.of(MaxUnpool.class, PoolLowerings::unpool),
      OpLowering.of(MaxUnpoolBackward.class, PoolLowerings::unpoolBackward),
      OpLowering.of(AvgPool.class, (op, n, b) -> average(n, b, op.geometry(), op.countPadding(), false)),
      OpLowering.of(AvgPoolBackward.class, (op, n, b) -> average(n, b, op.geometry(), op.countPadding(), true)),
      OpLowering.of(AdaptiveAvgPool.class, PoolLowerings::adaptive),
      OpLowering.of(AdaptiveAvgPoolBackward.class, (op, n, b) -> average(n, b, null, false, true)));

  private static final String MAX = "max_pool";
  private static final String AVERAGE = "average_pool";
  private static final int WARP = 32;
  private static final int WARPS = 8;
  /** A byte names one of so many taps, and 255 none. */
  private static final int MOST_TAPS = 255;

  private PoolLowerings() {}

  private static Shape shape(Value v) {
    return v.type().shape();
  }

  /** Whether the places of maxima are the backend's own: only gradients of that pooling read them, so a byte each does, in the order of the map. */
  private static boolean ownPlaces(CudaBuild b, Value places, PoolGeometry g) {
    return places.isComputed() && places.node().op() instanceof MaxPool p && p.geometry().equals(g) && g.kernel().product() <= MOST_TAPS && !b.uses().isKept(places)
        && b.uses().readers(places).stream().allMatch(r -> r.op() instanceof MaxPoolBackward back && back.geometry().equals(g));
  }

  private static Map<String, String> macros(DType storage, boolean own) {
    Map<String, String> m = new HashMap<>(CudaBuild.macros(storage));
    m.put("PLACE", own ? "1" : "0");
    return m;
  }

  private static Arg[] windowed(PositionGrid grid, List<Arg> memory, Shape in, Shape out, PoolGeometry g) {
    return grid.arguments(memory, PositionGrid.three(in), PositionGrid.three(out), PositionGrid.three(g.kernel(), 1), PositionGrid.three(g.stride(), 1), PositionGrid.three(g.padLow(), 0),
        PositionGrid.three(g.dilation(), 1));
  }

  private static void maxPool(MaxPool op, Node n, CudaBuild b) {
    Value x = n.input(0);
    Value y = n.output(0);
    DType storage = b.storage(y);
    boolean own = ownPlaces(b, n.output(1), op.geometry());
    Order order = own ? b.order(y) : Order.ROWS;
    Slot in = b.in(x, order, storage);
    Slot out = b.out(y, order, storage);
    Slot places = b.out(n.output(1), order, own ? DType.U8 : DType.I32);
    if (shape(y).size() > 0) {
      PositionGrid grid = PositionGrid.of(b, shape(y), order, storage);
      b.kernel(MAX, "max_pool" + grid.suffix(), macros(storage, own), grid.shape(),
          windowed(grid, List.of(Arg.in(in), Arg.out(out), Arg.out(places)), shape(x), shape(y), op.geometry()));
    }
  }

  private static void maxPoolBackward(MaxPoolBackward op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    Value places = n.input(1);
    DType storage = b.storage(dx);
    boolean own = ownPlaces(b, places, op.geometry());
    Order order = own ? b.order(places) : Order.ROWS;
    Slot dy = b.in(n.input(0), order, storage);
    Slot at = own ? b.in(places) : b.in(places, order, DType.I32);
    Slot out = b.out(dx, order, storage);
    if (shape(dx).size() > 0) {
      PositionGrid grid = PositionGrid.of(b, shape(dx), order, storage);
      b.kernel(MAX, "max_pool_gradient" + grid.suffix(), macros(storage, own), grid.shape(),
          windowed(grid, List.of(Arg.in(dy), Arg.in(at), Arg.out(out)), shape(dx), shape(n.input(0)), op.geometry()));
    }
  }

  private static void unpool(MaxUnpool op, Node n, CudaBuild b) {
    Value y = n.output(0);
    DType storage = b.storage(y);
    long elements = shape(n.input(0)).size();
    long size = shape(y).size();
    Slot x = b.in(n.input(0), Order.ROWS, storage);
    Slot places = b.in(n.input(1), Order.ROWS, DType.I32);
    Slot out = b.out(y, Order.ROWS, storage);
    if (size == 0) {
      return;
    }
    Slot owners = b.temporary(size * Integer.BYTES);
    Arg ins = Arg.of(Math.toIntExact(shape(n.input(0)).spatialSize()));
    Arg outs = Arg.of(Math.toIntExact(shape(y).spatialSize()));
    b.step("no owners", List.of(), List.of(owners), () -> {
      long address = owners.address();
      return () -> b.session().stream().fill(address, (byte) -1, owners.bytes());
    });
    Map<String, String> macros = CudaBuild.macros(storage);
    b.kernel(MAX, "unpool_owners", macros, Grids.over(b, elements), Arg.in(places), Arg.inOut(owners), Arg.of(elements), ins, outs);
    b.kernel(MAX, "unpool", macros, Grids.over(b, size), Arg.in(x), Arg.in(owners), Arg.out(out), Arg.of(size), ins, outs);
  }

  private static void unpoolBackward(MaxUnpoolBackward op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    DType storage = b.storage(dx);
    long size = shape(dx).size();
    Slot dy = b.in(n.input(0), Order.ROWS, storage);
    Slot places = b.in(n.input(1), Order.ROWS, DType.I32);
    Slot out = b.out(dx, Order.ROWS, storage);
    if (size > 0) {
      b.kernel(MAX, "unpool_gradient", CudaBuild.macros(storage), Grids.over(b, size), Arg.in(dy), Arg.in(places), Arg.out(out), Arg.of(size), Arg.of(Math.toIntExact(shape(dx).spatialSize())),
          Arg.of(Math.toIntExact(shape(n.input(0)).spatialSize())));
    }
  }

  private static void adaptive(AdaptiveAvgPool op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Order order = b.order(n.input(0));
    if (!op.output().isAll(1) || order != Order.ROWS) {
      average(n, b, null, false, false);
      return;
    }
    DType storage = b.storage(y);
    long planes = shape(y).size();
    Slot x = b.in(n.input(0), Order.ROWS, storage);
    Slot out = b.out(y, Order.ROWS, storage);
    if (planes > 0) {
      LaunchShape launch = new LaunchShape((int) Math.min(Grids.most(b), (planes + WARPS - 1) / WARPS), 1, 1, WARP, WARPS, 1, 0);
      b.kernel(AVERAGE, "plane_means", CudaBuild.macros(storage), launch, Arg.in(x), Arg.out(out), Arg.of(planes), Arg.of(Math.toIntExact(shape(n.input(0)).spatialSize())));
    }
  }

  /** Means, or their gradient; without a geometry the windows are adaptive. */
  private static void average(Node n, CudaBuild b, PoolGeometry g, boolean countPadding, boolean backward) {
    Value y = n.output(0);
    // The larger side is read or written in the order that it should have.
    Order order = b.order(backward ? y : n.input(0));
    DType storage = b.storage(y);
    Shape in = shape(backward ? y : n.input(0));
    Shape out = shape(backward ? n.input(0) : y);
    Slot x = b.in(n.input(0), order, storage);
    Slot result = b.out(y, order, storage);
    if (shape(y).size() == 0) {
      return;
    }
    int[] none = {0, 0, 0};
    int[] one = {1, 1, 1};
    PositionGrid grid = PositionGrid.of(b, shape(y), order, storage);
    Arg[] args = grid.arguments(List.of(Arg.in(x), Arg.out(result)), PositionGrid.three(in), PositionGrid.three(out), g == null ? one : PositionGrid.three(g.kernel(), 1),
        g == null ? none : PositionGrid.three(g.stride(), 1), g == null ? none : PositionGrid.three(g.padLow(), 0), g == null ? none : PositionGrid.three(g.padHigh(), 0),
        new int[] {countPadding ? 1 : 0});
    b.kernel(AVERAGE, (backward ? "average_pool_gradient" : "average_pool") + grid.suffix(), CudaBuild.macros(storage), grid.shape(), args);
  }
}
