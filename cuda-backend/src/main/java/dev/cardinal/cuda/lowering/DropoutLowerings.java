package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.Arg;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Dropout;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** Dropout, with the numbers that every other engine draws. */
final class DropoutLowerings {
  static final List<OpLowering> ALL = List.of(OpLowering.of(Dropout.class, DropoutLowerings::dropout));

  private static final String FAMILY = "dropout";
  private static final int WORDS = 4;
  /** Numbers are the upper 24 bits of a word. */
  private static final double ONE = 1 << 24;

  private DropoutLowerings() {}

  private static void dropout(Dropout op, Node n, CudaBuild b) {
    Value y = n.output(0);
    Shape s = y.type().shape();
    Order order = b.order(y);
    DType storage = b.storage(y);
    Arg x = Arg.in(b.in(n.input(0), order, storage));
    Arg state = Arg.in(b.in(n.input(1)));
    Arg out = Arg.out(b.out(y, order, storage));
    // u 2^-24 >= rate for integers u is u >= ceil(rate 2^24), exactly.
    Arg threshold = Arg.of((int) Math.ceil(op.rate() * ONE));
    Arg scale = Arg.of((float) (1 / (1 - op.rate())));
    Arg stream = Arg.of(op.stream());
    int channels = s.rank() < 2 ? 1 : s.dim(1);
    int all = op.channels() == 0 ? channels : op.channels();
    long plane = s.spatialSize();
    boolean last = order == Order.CHANNELS_LAST && channels > 1 && plane > 1;
    long first = ((long) op.firstSample() * all + op.firstChannel()) * plane;
    long size = s.size();
    if (size == 0) {
      return;
    }
    if (!last && all == channels && first % WORDS == 0) {
      b.kernel(FAMILY, "dropout_in_order", CudaBuild.macros(storage), Grids.over(b, (size + WORDS - 1) / WORDS), x, state, out, stream, threshold, scale, Arg.of(first), Arg.of(size));
    } else {
      b.kernel(FAMILY, "dropout_anywhere", CudaBuild.macros(storage), Grids.over(b, size), x, state, out, stream, threshold, scale, Arg.of(last ? 1 : 0), Arg.of(channels),
          Arg.of(Math.toIntExact(plane)), Arg.of(all), Arg.of(op.firstChannel()), Arg.of(op.firstSample()), Arg.of(size));
    }
  }
}
