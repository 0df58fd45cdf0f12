package dev.cardinal.cpu.reference;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.SharedSum;
import dev.cardinal.backend.mesh.Shares;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import java.util.List;

/** {@link Collective}: every device shows its share, which nobody changes afterwards, and takes what it needs of the others'. Sums in two phases are made beside the run, in the tensors of their first phase. */
final class Exchange implements Kernel<Op> {
  private final Link link;
  private final ExchangePlan plan;
  private final SharedSum sum;

  Exchange(Collective c, Link link) {
    this.link = link;
    boolean whole = c.phase() == Collective.Phase.WHOLE;
    this.plan = whole ? ExchangePlan.of(c) : null;
    this.sum = whole ? null : SharedSum.of(c.tensors().stream().mapToLong(t -> t.shape().size()).toArray(), link.size());
  }

  /** A collective in a program that is not part of a mesh. */
  static void alone(Collective c, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    throw new DeviceException(c + " needs the other devices; compile the undivided graph on a mesh");
  }

  @Override
  public void run(Op op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Collective c = (Collective) op;
    switch (c.phase()) {
      case WHOLE -> Shares.apply(plan, plan.alone() ? java.util.Collections.nCopies(link.size(), in[0]) : link.meet(in[0]), out[0]);
      case START -> {
        copy(in, out);
        link.begin(c.ticket(), l -> {
          List<HostTensor[]> all = l.meet(out);
          Shares.sumStretch(sum, l.rank(), all);
          l.meet(null);
          Shares.gatherStretches(sum, l.rank(), all);
          // Nobody changes the result before everybody has read it.
          l.meet(null);
        });
      }
      case FINISH -> {
        link.await(c.ticket());
        copy(in, out);
      }
    }
  }

  private static void copy(HostTensor[] from, HostTensor[] to) {
    for (int i = 0; i < from.length; i++) {
      System.arraycopy(from[i].array(), 0, to[i].array(), 0, from[i].size());
    }
  }
}
