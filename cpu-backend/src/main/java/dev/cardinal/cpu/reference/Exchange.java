package dev.cardinal.cpu.reference;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.ExchangePlan;
import dev.cardinal.backend.Link;
import dev.cardinal.backend.mesh.Shares;
import dev.cardinal.op.Collective;
import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;
import java.util.List;

/** {@link Collective}: every device shows its share, which nobody changes afterwards, and takes what it needs of the others'. */
final class Exchange implements Kernel<Op> {
  private final ExchangePlan plan;
  private final Link link;

  Exchange(Collective c, Link link) {
    this.plan = ExchangePlan.of(c);
    this.link = link;
  }

  /** A collective in a program that is not part of a mesh. */
  static void alone(Collective c, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    throw new DeviceException(c + " needs the other devices; compile the undivided graph on a mesh");
  }

  @Override
  public void run(Op op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    List<HostTensor> shares = plan.alone() ? java.util.Collections.nCopies(link.size(), in[0]) : link.meet(in[0]);
    Shares.apply(plan, shares, out[0]);
  }
}
