package dev.cardinal.cuda.collective;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.cuda.lowering.OpLowering;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Collective;
import dev.cardinal.tensor.DType;
import java.util.List;

/** Collectives of several GPUs: {@link PeerExchange} at once, {@link PeerSum} beside the other work. */
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
      case WHOLE -> PeerExchange.lower(op, n, b);
      case START -> PeerSum.start(op, n, b);
      case FINISH -> PeerSum.finish(op, n, b);
    }
  }
}
