package dev.cardinal.cuda.api;

import java.util.List;

/**
 * The communicators of several devices of this process. Calls of all ranks are issued together by one thread, so a collective is under way on every device or on none: nobody waits on hardware for a
 * device whose host failed before.
 */
public interface NcclGroup extends AutoCloseable {
  /**
   * Issues calls of all ranks as one group, each to the stream of its rank; returns before they are done. What one rank sends another receives in the same group, in the same order.
   *
   * @throws CudaException if NCCL refuses one, or the group was aborted
   */
  void issue(List<NcclCall> calls);

  /** Ends what is under way on all devices, as it is when one of them has failed, and frees the communicators. May be called by any thread and more than once. */
  void abort();

  /** Whether that was done. */
  boolean aborted();

  /** Frees the communicators, when nothing is under way any more. */
  @Override
  void close();
}
