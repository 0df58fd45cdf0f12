package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Response normalisation: in tiles that go through shared memory where windows are as small as usual. */
final class LrnLowerings {
  static final List<OpLowering> ALL = List.of(
      OpLowering.of(Lrn.class, LrnLowerings::forward),
      OpLowering.of(LrnBackward.class, (op, n, b) -> backward(op.forward(), n, b)));

  private static final String FAMILY = "lrn";
  private static final int TILE_CHANNELS = 64;
  private static final int TILE_POSITIONS = 32;
  /** Beyond it a tile and the channels that windows reach around it are too many for shared memory. */
  private static final int MOST_TILED = 17;

  private LrnLowerings() {}

  private static List<Arg> attributes(Lrn op, Shape s, Order order) {
    return List.of(Arg.of(s.dim(1)), Arg.of(s.dim(1) / op.groups()), Arg.of(Math.toIntExact(s.spatialSize())), Arg.of(order == Order.CHANNELS_LAST ? 1 : 0), Arg.of((op.size() - 1) / 2),
        Arg.of(op.size() / 2), Arg.of((float) (op.alpha() / op.size())), Arg.of((float) op.beta()), Arg.of((float) op.k()));
  }

  private static Arg[] arguments(List<Arg> attributes, List<Arg> extents, Arg... memory) {
    List<Arg> args = new ArrayList<>(Arrays.asList(memory));
    args.addAll(extents);
    args.addAll(attributes);
    return args.toArray(Arg[]::new);
  }

  private static void tiled(Lrn op, CudaBuild b, String kernel, Shape s, Order order, Map<String, String> macros, Arg... memory) {
    boolean last = order == Order.CHANNELS_LAST;
    // Where channels are last, samples follow each other like positions do.
    long positions = last ? s.dim(0) * s.spatialSize() : s.spatialSize();
    int tiles = Math.toIntExact((positions + TILE_POSITIONS - 1) / TILE_POSITIONS);
    int blocks = last ? tiles : Math.multiplyExact(tiles, s.dim(0));
    LaunchShape shape = new LaunchShape(blocks, (s.dim(1) + TILE_CHANNELS - 1) / TILE_CHANNELS, 1, Grids.THREADS, 1, 1, 0);
    b.kernel(FAMILY, kernel, macros, shape, arguments(attributes(op, s, order), List.of(Arg.of(positions), Arg.of(tiles)), memory));
  }

  private static void forward(Lrn op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Shape s = y.type().shape();
    Order order = b.order(y);
    DType storage = b.storage(y);
    Arg x = Arg.in(b.in(n.input(0), order, storage));
    Arg out = Arg.out(b.out(y, order, storage));
    if (s.size() == 0) {
      return;
    }
    if (op.size() <= MOST_TILED) {
      tiled(op, b, "lrn_tiled", s, order, CudaBuild.macros(storage), x, out);
    } else {
      b.kernel(FAMILY, "lrn", CudaBuild.macros(storage), Grids.over(b, s.size()), arguments(attributes(op, s, order), List.of(Arg.of(s.size())), x, out));
    }
  }

  private static void backward(Lrn op, Node n, CudaBuild b) {
    Value dx = n.output(0);
    Shape s = dx.type().shape();
    Order order = b.order(dx);
    DType storage = b.storage(dx);
    Arg dy = Arg.in(b.in(n.input(0), order, storage));
    Arg x = Arg.in(b.in(n.input(1), order, storage));
    Arg out = Arg.out(b.out(dx, order, storage));
    if (s.size() == 0) {
      return;
    }
    Map<String, String> macros = CudaBuild.macros(storage);
    if (op.size() <= MOST_TILED) {
      tiled(op, b, "lrn_gradient_tiled", s, order, macros, dy, x, out);
      return;
    }
    List<Arg> attributes = attributes(op, s, order);
    List<Arg> size = List.of(Arg.of(s.size()));
    Slot direct = b.temporary(s.size() * Float.BYTES);
    Slot shared = b.temporary(s.size() * Float.BYTES);
    b.kernel(FAMILY, "lrn_shares", macros, Grids.over(b, s.size()), arguments(attributes, size, dy, x, Arg.out(direct), Arg.out(shared)));
    b.kernel(FAMILY, "lrn_gradient", macros, Grids.over(b, s.size()), arguments(attributes, size, x, Arg.in(direct), Arg.in(shared), out));
  }
}
