package dev.cardinal.cuda.collective;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * A collective at once, on the stream of all other work, as messages from each device to each: a kernel gathers what a peer needs where it does not lie together, the message goes by NCCL or is copied by the
 * receiver, and kernels put it in its places, or add it in the order of the devices.
 */
final class Exchange {
  private final CudaBuild b;
  private final Route route;
  private final ExchangePlan plan;
  private final int rank;
  private final int width;
  private final Slot in;
  private final Slot out;
  private final List<Outgoing> outgoing = new ArrayList<>();
  private final List<Incoming> incoming = new ArrayList<>();
  private final List<Slot> written = new ArrayList<>();

  /** What a peer gets: gathered in memory of its own, or as it lies in the share, if that is null. */
  private record Outgoing(int to, Message message, Slot gathered, Mover gather) {}

  /** What comes from a device: to memory of its own and from there to its places, or at once to where it goes, if that is null. This device's own share has a kernel only. */
  private record Incoming(int from, Message message, Slot staged, Mover place) {}

  private Exchange(Collective op, Node n, CudaBuild b) {
    DType type = op.whole().dtype();
    this.b = b;
    this.plan = ExchangePlan.of(op);
    this.route = plan.alone() ? null : Route.of(b);
    this.rank = b.link().rank();
    this.width = type.bytes();
    this.in = b.in(n.input(0), Order.ROWS, type);
    this.out = b.out(n.output(0), Order.ROWS, type);
  }

  static void lower(Collective op, Node n, CudaBuild b) {
    Exchange x = new Exchange(op, n, b);
    for (int d = 0; d < b.link().size(); d++) {
      x.incoming(d);
      if (!x.plan.alone() && d != x.rank) {
        x.outgoing(d, Message.of(Message.planOf(op, d), x.rank));
      }
    }
    x.written.add(x.out);
    b.step(op.opName() + " over " + b.link().size() + (x.throughNccl() ? " by NCCL" : " peers"), List.of(x.in), x.written, x::bind);
  }

  private boolean throughNccl() {
    return route != null && route.nccl().isPresent();
  }

  private Slot temporary(Message m) {
    Slot s = b.temporary(m.length() * width);
    written.add(s);
    return s;
  }

  private void incoming(int from) {
    Message m = Message.of(plan, from);
    if (m.isEmpty()) {
      return;
    }
    if (from == rank || plan.alone()) {
      incoming.add(new Incoming(rank, m, null, Mover.of(b, m.moving(), width, plan.adds())));
    } else if (m.goesTogether() && !plan.adds()) {
      incoming.add(new Incoming(from, m, null, null));
    } else {
      incoming.add(new Incoming(from, m, temporary(m), Mover.of(b, m.placing(), width, plan.adds())));
    }
  }

  private void outgoing(int to, Message m) {
    if (!m.isEmpty()) {
      outgoing.add(m.liesTogether() ? new Outgoing(to, m, null, null) : new Outgoing(to, m, temporary(m), Mover.of(b, m.gathering(), width, false)));
    }
  }

  private long address(Outgoing o) {
    return o.gathered == null ? in.address() + o.message.from() * width : o.gathered.address();
  }

  private long address(Incoming i) {
    return i.staged == null ? out.address() + i.message.to() * width : i.staged.address();
  }

  private Runnable bind() {
    CudaStream stream = b.session().stream();
    List<CudaLaunch> gathering = new ArrayList<>();
    outgoing.stream().filter(o -> o.gather != null).forEach(o -> gathering.add(o.gather.bind(in.address(), in.bytes(), o.gathered.address(), o.gathered.bytes())));
    List<CudaLaunch> placing = new ArrayList<>();
    incoming.stream().filter(i -> i.place != null).forEach(i -> {
      Slot from = i.from == rank ? in : i.staged;
      placing.add(i.place.bind(from.address(), from.bytes(), out.address(), out.bytes()));
    });
    Runnable begin = () -> {
      if (plan.adds()) {
        stream.fill(out.address(), (byte) 0, out.bytes());
      }
      gathering.forEach(l -> l.launch(stream));
    };
    Runnable end = () -> placing.forEach(l -> l.launch(stream));
    if (plan.alone()) {
      return () -> {
        begin.run();
        end.run();
      };
    }
    return throughNccl() ? throughNccl(stream, begin, end) : fromPeers(stream, begin, end);
  }

  private Runnable throughNccl(CudaStream stream, Runnable begin, Runnable end) {
    List<NcclCall> mine = new ArrayList<>();
    outgoing.forEach(o -> mine.add(new NcclCall.Send(rank, stream, o.to, address(o), o.message.length() * width)));
    incoming.stream().filter(i -> i.from != rank).forEach(i -> mine.add(new NcclCall.Receive(rank, stream, i.from, address(i), i.message.length() * width)));
    NcclStep step = NcclStep.of(route.nccl().orElseThrow(), b.link(), mine);
    return () -> {
      begin.run();
      step.issue(b.link());
      end.run();
    };
  }

  private Runnable fromPeers(CudaStream stream, Runnable begin, Runnable end) {
    CudaContext context = b.session().context();
    Link link = b.link();
    // Where the message to each device lies.
    long[] addresses = new long[link.size()];
    outgoing.forEach(o -> addresses[o.to] = address(o));
    Peers peers = Peers.meet(link, new Peers.Party(context, addresses, b.own(context.newEvent(false)), null, b.own(context.newEvent(false))));
    return () -> {
      begin.run();
      peers.mine().ready().record(stream);
      link.meet(null);
      peers.awaitReady(stream);
      for (Incoming i : incoming) {
        if (i.from != rank) {
          peers.copy(stream, i.from, address(i), peers.all().get(i.from).addresses()[rank], i.message.length() * width);
        }
      }
      peers.mine().taken().record(stream);
      link.meet(null);
      end.run();
      // What comes next may overwrite this device's share, when all have read it.
      peers.awaitTaken(stream);
    };
  }
}
