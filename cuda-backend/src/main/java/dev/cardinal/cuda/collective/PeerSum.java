package dev.cardinal.cuda.collective;

import dev.cardinal.backend.Link;
import dev.cardinal.backend.SharedSum;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.op.Collective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Sums of whole tensors by copies from peers, on a stream of their own while the program's goes on: each device sums its stretch of all tensors, and then copies the others'. */
final class PeerSum implements BesideSum {
  private static final int THREADS = 256;
  private static final int BLOCKS_PER_MULTIPROCESSOR = 16;

  private final CudaFunction kernel;
  private final CudaContext context;
  private final SideStream side;
  private final SharedSum plan;
  private final CudaEvent started;
  private final CudaEvent ready;
  private final CudaEvent summed;
  private final CudaEvent taken;
  private final CudaEvent finished;
  private final long stretch;
  private Peers peers;
  private final List<CudaLaunch> sums = new ArrayList<>();

  PeerSum(Collective op, CudaBuild b, SideStream side) {
    this.kernel = b.session().kernels().function("exchange", "sum_stretch", Map.of("SIZE", "4"));
    this.context = b.session().context();
    this.side = side;
    this.plan = SharedSum.of(op.tensors().stream().mapToLong(t -> t.shape().size()).toArray(), b.link().size());
    this.started = b.own(context.newEvent(false));
    this.ready = b.own(context.newEvent(false));
    this.summed = b.own(context.newEvent(false));
    this.taken = b.own(context.newEvent(false));
    this.finished = side.finished(op.ticket());
    this.stretch = plan.stretches().get(b.link().rank()).stream().mapToLong(SharedSum.Piece::length).sum();
    side.require((b.link().size() - 1) * stretch * Float.BYTES);
  }

  @Override
  public String by() {
    return "peers";
  }

  @Override
  public CudaEvent started() {
    return started;
  }

  @Override
  public void bind(Link link, List<Slot> out) {
    long[] addresses = out.stream().mapToLong(Slot::address).toArray();
    peers = Peers.meet(link, new Peers.Party(context, addresses, ready, summed, taken));
    long at = 0;
    for (SharedSum.Piece p : plan.stretches().get(peers.rank())) {
      long others = (peers.size() - 2) * stretch + p.length();
      LaunchShape shape = LaunchShape.over(p.length(), THREADS, BLOCKS_PER_MULTIPROCESSOR * context.properties().multiprocessors());
      sums.add(kernel.prepare(shape, List.of(new KernelArg.Pointer(addresses[p.tensor()] + p.from() * Float.BYTES, p.length() * Float.BYTES, KernelArg.Access.READ_WRITE),
          KernelArg.in(side.staging() + at * Float.BYTES, others * Float.BYTES), KernelArg.of(p.length()), KernelArg.of(peers.size()), KernelArg.of(peers.rank()), KernelArg.of(stretch))));
      at += p.length();
    }
  }

  @Override
  public void run(Link link) {
    context.makeCurrent();
    CudaStream stream = side.stream();
    try {
      stream.waitFor(started);
      peers.mine().ready().record(stream);
      link.meet(null);
      peers.awaitReady(stream);
      sumStretch(stream);
      peers.mine().summed().record(stream);
      link.meet(null);
      peers.each(e -> {
        stream.waitFor(peers.all().get(e).summed());
        for (SharedSum.Piece p : plan.stretches().get(e)) {
          long offset = p.from() * Float.BYTES;
          peers.copy(stream, e, peers.mine().addresses()[p.tensor()] + offset, peers.all().get(e).addresses()[p.tensor()] + offset, p.length() * Float.BYTES);
        }
      });
      peers.mine().taken().record(stream);
      link.meet(null);
      // Nobody changes the result before everybody has read it.
      peers.awaitTaken(stream);
      finished.record(stream);
    } catch (RuntimeException e) {
      // Memory may be freed after a failure.
      stream.synchronize();
      throw e;
    }
  }

  private void sumStretch(CudaStream stream) {
    long at = 0;
    List<SharedSum.Piece> mine = plan.stretches().get(peers.rank());
    for (int i = 0; i < mine.size(); i++) {
      SharedSum.Piece p = mine.get(i);
      long here = at;
      peers.each(e -> {
        long place = (e < peers.rank() ? e : e - 1) * stretch + here;
        peers.copy(stream, e, side.staging() + place * Float.BYTES, peers.all().get(e).addresses()[p.tensor()] + p.from() * Float.BYTES, p.length() * Float.BYTES);
      });
      sums.get(i).launch(stream);
      at += p.length();
    }
  }
}
