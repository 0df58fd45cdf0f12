package dev.cardinal.cuda.collective;

import dev.cardinal.backend.Link;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.op.Collective;
import java.util.ArrayList;
import java.util.List;

/** Sums of whole tensors by NCCL, where they are, on a stream of their own while the program's goes on. */
final class NcclSum implements BesideSum {
  private final Collective op;
  private final CudaContext context;
  private final NcclGroup group;
  private final SideStream side;
  private final CudaEvent started;
  private final CudaEvent finished;
  private NcclStep step;

  NcclSum(Collective op, CudaBuild b, SideStream side, NcclGroup group) {
    this.op = op;
    this.context = b.session().context();
    this.group = group;
    this.side = side;
    this.started = b.own(context.newEvent(false));
    this.finished = side.finished(op.ticket());
  }

  @Override
  public String by() {
    return "NCCL";
  }

  @Override
  public CudaEvent started() {
    return started;
  }

  @Override
  public void bind(Link link, List<Slot> tensors) {
    List<NcclCall> mine = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      long count = op.tensors().get(i).shape().size();
      if (count > 0) {
        mine.add(new NcclCall.AllReduce(link.rank(), side.stream(), tensors.get(i).address(), tensors.get(i).address(), count));
      }
    }
    step = NcclStep.of(group, link, mine);
  }

  @Override
  public void run(Link lane) {
    context.makeCurrent();
    CudaStream stream = side.stream();
    stream.waitFor(started);
    step.issue(lane);
    finished.record(stream);
  }
}
