package dev.cardinal.cuda.collective;

import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A collective at once, on the stream of all other work: each device copies what it needs of the others' shares into memory of its own, and kernels put the pieces in their places, or add them in the
 * order of the devices.
 */
final class PeerExchange {
  private static final int THREADS = 256;
  private static final int MOST_BLOCKS = 1 << 16;
  private static final int RUN = 3;

  /** What comes from one device: elements {@code [begin, end)} of its share, and the runs in it, whose table lies at an address. */
  private record Source(int rank, long begin, long end, long table, int runs) {}

  private final CudaBuild b;
  private final ExchangePlan plan;
  private final int width;
  private final Slot in;
  private final Slot out;
  private final List<Source> sources = new ArrayList<>();
  private final List<Slot> staged = new ArrayList<>();

  private PeerExchange(Collective op, Node n, CudaBuild b) {
    DType type = op.whole().dtype();
    this.b = b;
    this.plan = ExchangePlan.of(op);
    this.width = type.bytes();
    this.in = b.in(n.input(0), Order.ROWS, type);
    this.out = b.out(n.output(0), Order.ROWS, type);
  }

  static void lower(Collective op, Node n, CudaBuild b) {
    PeerExchange x = new PeerExchange(op, n, b);
    for (int e = 0; e < b.link().size(); e++) {
      x.source(e);
    }
    List<Slot> written = new ArrayList<>(x.staged);
    written.removeIf(s -> s == x.in);
    written.add(x.out);
    b.step(op.opName() + " over " + b.link().size() + " peers", List.of(x.in), written, x::bind);
  }

  /** Finds what comes from a device; what is its own stays where it is. */
  private void source(int rank) {
    int own = b.link().rank();
    boolean local = rank == own || plan.alone();
    List<ExchangePlan.Run> runs = plan.runs().stream().filter(r -> r.source() == rank && r.length() > 0).toList();
    if (runs.isEmpty()) {
      return;
    }
    long begin = local ? 0 : runs.stream().mapToLong(ExchangePlan.Run::from).min().orElseThrow();
    long end = runs.stream().mapToLong(r -> r.from() + r.length()).max().orElseThrow();
    long[] table = new long[RUN * runs.size()];
    for (int i = 0; i < runs.size(); i++) {
      table[RUN * i] = runs.get(i).from() - begin;
      table[RUN * i + 1] = runs.get(i).to();
      table[RUN * i + 2] = runs.get(i).length();
    }
    CudaContext context = b.session().context();
    long address = context.allocate((long) table.length * Long.BYTES);
    AutoCloseable owned = () -> context.free(address);
    b.own(owned);
    context.copyToDevice(address, table, table.length);
    sources.add(new Source(local ? own : rank, begin, end, address, runs.size()));
    staged.add(local ? in : b.temporary((end - begin) * width));
  }

  private Runnable bind() {
    CudaContext context = b.session().context();
    CudaStream stream = b.session().stream();
    List<CudaLaunch> launches = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      launches.add(launch(sources.get(i), staged.get(i)));
    }
    long target = out.address();
    Runnable assemble = () -> {
      if (plan.adds()) {
        stream.fill(target, (byte) 0, out.bytes());
      }
      launches.forEach(l -> l.launch(stream));
    };
    if (plan.alone()) {
      return assemble;
    }
    Link link = b.link();
    Peers peers = Peers.meet(link, new Peers.Party(context, new long[] {in.address()}, b.own(context.newEvent(false)), null, b.own(context.newEvent(false))));
    return () -> {
      peers.mine().ready().record(stream);
      link.meet(null);
      peers.awaitReady(stream);
      for (int i = 0; i < sources.size(); i++) {
        Source s = sources.get(i);
        if (s.rank != peers.rank()) {
          peers.copy(stream, s.rank, staged.get(i).address(), peers.all().get(s.rank).addresses()[0] + s.begin * width, (s.end - s.begin) * width);
        }
      }
      peers.mine().taken().record(stream);
      link.meet(null);
      assemble.run();
      // What comes next may overwrite this device's share, when all have read it.
      peers.awaitTaken(stream);
    };
  }

  private CudaLaunch launch(Source s, Slot from) {
    CudaFunction f = plan.adds() ? b.session().kernels().function("exchange", "add_runs", Map.of("SIZE", "4"))
        : b.session().kernels().function("exchange", "place_runs", Map.of("SIZE", String.valueOf(width)));
    return f.prepare(LaunchShape.of(Math.min(s.runs, MOST_BLOCKS), THREADS), List.of(KernelArg.in(from.address(), (s.end - s.begin) * width),
        new KernelArg.Pointer(out.address(), out.bytes(), KernelArg.Access.READ_WRITE), KernelArg.in(s.table, (long) s.runs * RUN * Long.BYTES), KernelArg.of(s.runs)));
  }
}
