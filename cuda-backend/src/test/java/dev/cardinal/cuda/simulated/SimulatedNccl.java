package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.Nccl;
import dev.cardinal.cuda.api.NcclGroup;
import java.util.ArrayList;
import java.util.List;

/** NCCL between simulated devices. A test may have it fail. */
public final class SimulatedNccl implements Nccl {
  private static final int INVALID_USAGE = 5;
  private final SimulatedCuda cuda;
  private final List<SimulatedNcclGroup> groups = new ArrayList<>();
  private CudaException refusal;

  SimulatedNccl(SimulatedCuda cuda) {
    this.cuda = cuda;
  }

  @Override
  public String version() {
    return "2.23.4";
  }

  /** Lets joining fail from now on, or no more if it is null. */
  public synchronized void refuse(CudaException e) {
    refusal = e;
  }

  /** The communicators that were made so far. */
  public synchronized List<SimulatedNcclGroup> groups() {
    return List.copyOf(groups);
  }

  @Override
  public synchronized NcclGroup join(List<CudaContext> devices) {
    List<Integer> ordinals = devices.stream().map(d -> d.properties().ordinal()).toList();
    if (ordinals.stream().distinct().count() < ordinals.size()) {
      throw new CudaException("ncclCommInitAll", INVALID_USAGE, "invalid usage: Duplicate GPU detected", "devices = " + ordinals);
    }
    if (refusal != null) {
      throw refusal;
    }
    SimulatedNcclGroup g = new SimulatedNcclGroup(cuda, devices.stream().map(d -> (SimulatedContext) d).toList());
    groups.add(g);
    return g;
  }
}
