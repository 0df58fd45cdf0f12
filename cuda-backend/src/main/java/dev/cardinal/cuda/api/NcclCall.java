package dev.cardinal.cuda.api;

/** One rank's part of a collective, or of a message. */
public sealed interface NcclCall {
  /** Whose it is. */
  int rank();

  /** The stream it is issued to, of that rank's device. */
  CudaStream stream();

  /**
   * Adds up float32 over all ranks: every rank gets the same bits.
   *
   * @param in summands
   * @param out sums; may be {@code in}
   * @param count number of floats
   */
  record AllReduce(int rank, CudaStream stream, long in, long out, long count) implements NcclCall {}

  /**
   * Gives every rank the bytes of all, one rank's after the other's.
   *
   * @param in of this rank
   * @param out of all
   * @param bytes of one rank
   */
  record AllGather(int rank, CudaStream stream, long in, long out, long bytes) implements NcclCall {}

  /**
   * Adds up float32 over all ranks, and gives each rank its part, in order.
   *
   * @param in summands, of {@code count} times the number of ranks
   * @param out this rank's sums
   * @param count number of floats of one rank
   */
  record ReduceScatter(int rank, CudaStream stream, long in, long out, long count) implements NcclCall {}

  /**
   * Sends bytes to another rank.
   *
   * @param to which
   */
  record Send(int rank, CudaStream stream, int to, long address, long bytes) implements NcclCall {}

  /**
   * Receives bytes from another rank.
   *
   * @param from which
   */
  record Receive(int rank, CudaStream stream, int from, long address, long bytes) implements NcclCall {}
}
