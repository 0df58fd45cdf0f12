package dev.cardinal.cuda.api;

import java.util.List;

/** NCCL: collectives of several GPUs over whatever joins them. */
public interface Nccl {
  /** Version, as in {@code 2.23.4}. */
  String version();

  /**
   * Makes a communicator for each device; their order gives the ranks. No device may be named twice: NCCL refuses that, or hangs.
   *
   * @throws CudaException if they cannot be joined
   */
  NcclGroup join(List<CudaContext> devices);
}
