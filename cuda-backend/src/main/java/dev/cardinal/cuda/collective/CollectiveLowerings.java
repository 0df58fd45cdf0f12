package dev.cardinal.cuda.collective;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.lowering.OpLowering;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.DType;
import java.util.List;

/** Collectives of several GPUs: at once ({@link NcclExchange} or {@link Exchange}), or beside the other work ({@link NcclSum} or {@link PeerSum}); which, their {@link Route} says. */
public final class CollectiveLowerings {
  /** By operation. */
  public static final List<OpLowering> ALL = List.of(OpLowering.of(Collective.class, CollectiveLowerings::lower));

  private CollectiveLowerings() {}

  private static void lower(Collective op, Node n, CudaBuild b) {
    if (b.link() == null) {
      throw new DeviceException(n.name() + ": " + op + " needs the other devices; compile the undivided graph on a mesh");
    }
    if (op.from().isSum() && op.tensors().stream().anyMatch(t -> t.dtype() != DType.F32)) {
      throw new DeviceException(n.name() + ": GPUs add up f32 only, got " + op.tensors() + "; cast it, or use cpu:reference");
    }
    switch (op.phase()) {
      case WHOLE -> {
        if (!NcclExchange.lower(op, n, b)) {
          Exchange.lower(op, n, b);
        }
      }
      case START -> start(op, n, b);
      case FINISH -> finish(op, n, b);
    }
  }

  private static SideStream sideOf(CudaBuild b) {
    return b.shared(SideStream.class, () -> new SideStream(b.session().context()));
  }

  private static void start(Collective op, Node n, CudaBuild b) {
    Route route = Route.of(b);
    BesideSum sum = route.addsUp() ? new NcclSum(op, b, sideOf(b), route.nccl().orElseThrow()) : new PeerSum(op, b, sideOf(b));
    List<Slot> in = n.inputs().stream().map(v -> b.in(v, Order.ROWS, DType.F32)).toList();
    List<Slot> out = n.outputs().stream().map(v -> b.out(v, Order.ROWS, DType.F32)).toList();
    CudaStream stream = b.session().stream();
    Link link = b.link();
    b.step(op.opName() + " over " + link.size() + " by " + sum.by() + " begins, " + in.size() + " tensors", in, out, () -> {
      sum.bind(link, out);
      return () -> {
        for (int i = 0; i < in.size(); i++) {
          stream.copy(out.get(i).address(), in.get(i).address(), out.get(i).bytes());
        }
        sum.started().record(stream);
        link.begin(op.ticket(), sum::run);
      };
    });
  }

  private static void finish(Collective op, Node n, CudaBuild b) {
    SideStream side = sideOf(b);
    CudaStream stream = b.session().stream();
    List<Slot> done = n.inputs().stream().map(v -> b.in(v, Order.ROWS, DType.F32)).toList();
    b.step("waits", done, done, () -> () -> {
      b.link().await(op.ticket());
      stream.waitFor(side.finished(op.ticket()));
    });
    for (int i = 0; i < done.size(); i++) {
      b.alias(n.output(i), n.input(i));
    }
  }
}
