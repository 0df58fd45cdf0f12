package dev.cardinal.cuda.collective;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The collectives that NCCL has as such, on the stream of all other work. */
final class NcclExchange {
  private final Collective op;
  private final CudaBuild b;
  private final int rank;
  private final int devices;
  private final int width;
  private final Slot in;
  private final Slot out;

  private NcclExchange(Collective op, Node n, CudaBuild b) {
    DType type = op.whole().dtype();
    this.op = op;
    this.b = b;
    this.rank = b.link().rank();
    this.devices = b.link().size();
    this.width = type.bytes();
    this.in = b.in(n.input(0), Order.ROWS, type);
    this.out = b.out(n.output(0), Order.ROWS, type);
  }

  /** Lowers a collective if it is one of those, which all devices find alike. */
  static boolean lower(Collective op, Node n, CudaBuild b) {
    Layout from = op.from();
    Layout to = op.to();
    if (from.isWhole() || Route.of(b).nccl().isEmpty()) {
      return false;
    }
    boolean sums = from.isSum() && from.isUndivided() && Route.of(b).addsUp();
    if (sums && to.isWhole()) {
      new NcclExchange(op, n, b).allReduce();
    } else if (sums && isEven(to)) {
      new NcclExchange(op, n, b).reduceScatter();
    } else if (!from.isSum() && isEven(from) && to.isWhole()) {
      new NcclExchange(op, n, b).allGather();
    } else {
      return false;
    }
    return true;
  }

  private static boolean isEven(Layout l) {
    return l.axis() >= 0 && l.isDisjoint() && l.part(0).length > 0 && IntStream.range(0, l.devices()).allMatch(d -> l.part(d).length == l.part(0).length);
  }

  private NcclStep step(NcclCall mine) {
    return NcclStep.of(Route.of(b).nccl().orElseThrow(), b.link(), List.of(mine));
  }

  private void allReduce() {
    b.step("AllReduce by NCCL", List.of(in), List.of(out), () -> {
      NcclStep s = step(new NcclCall.AllReduce(rank, b.session().stream(), in.address(), out.address(), out.bytes() / Float.BYTES));
      return () -> s.issue(b.link());
    });
  }

  /** Gathers the summands by receiver where they do not lie so. */
  private void reduceScatter() {
    long each = out.bytes() / width;
    List<Message> messages = IntStream.range(0, devices).mapToObj(r -> Message.of(Message.planOf(op, r), rank)).toList();
    boolean inOrder = IntStream.range(0, devices).allMatch(r -> messages.get(r).liesTogether() && messages.get(r).goesTogether() && messages.get(r).from() == r * each);
    List<Long> table = new ArrayList<>();
    for (int r = 0; !inOrder && r < devices; r++) {
      for (ExchangePlan.Run run : messages.get(r).runs()) {
        table.addAll(List.of(run.from(), r * each + run.to(), run.length()));
      }
    }
    Slot by = inOrder ? in : b.temporary(devices * out.bytes());
    Mover gather = inOrder ? null : Mover.of(b, table.stream().mapToLong(Long::longValue).toArray(), width, false);
    CudaStream stream = b.session().stream();
    b.step("ReduceScatter by NCCL", List.of(in), inOrder ? List.of(out) : List.of(by, out), () -> {
      CudaLaunch first = gather == null ? null : gather.bind(in.address(), in.bytes(), by.address(), by.bytes());
      NcclStep s = step(new NcclCall.ReduceScatter(rank, stream, by.address(), out.address(), each));
      return () -> {
        if (first != null) {
          first.launch(stream);
        }
        s.issue(b.link());
      };
    });
  }

  /** Puts what came in its places, where shares do not follow one another in the whole. */
  private void allGather() {
    long each = in.bytes() / width;
    ExchangePlan plan = ExchangePlan.of(op);
    List<Message> messages = IntStream.range(0, devices).mapToObj(e -> Message.of(plan, e)).toList();
    boolean inOrder = IntStream.range(0, devices).allMatch(e -> messages.get(e).liesTogether() && messages.get(e).goesTogether() && messages.get(e).to() == e * each);
    Slot all = inOrder ? out : b.temporary(devices * in.bytes());
    List<Mover> place = inOrder ? List.of() : messages.stream().map(m -> Mover.of(b, m.moving(), width, false)).toList();
    CudaStream stream = b.session().stream();
    b.step("AllGather by NCCL", List.of(in), inOrder ? List.of(out) : List.of(all, out), () -> {
      List<CudaLaunch> then = new ArrayList<>();
      for (int e = 0; e < place.size(); e++) {
        then.add(place.get(e).bind(all.address() + e * in.bytes(), in.bytes(), out.address(), out.bytes()));
      }
      NcclStep s = step(new NcclCall.AllGather(rank, stream, in.address(), all.address(), in.bytes()));
      return () -> {
        s.issue(b.link());
        then.forEach(l -> l.launch(stream));
      };
    });
  }
}
