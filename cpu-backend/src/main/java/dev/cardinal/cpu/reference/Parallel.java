package dev.cardinal.cpu.reference;

import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Runs independent pieces of work on the device's threads. Pieces write disjoint results and each is computed in a fixed order, so
 * the threads' number and timing never change a bit.
 */
final class Parallel implements AutoCloseable {
  private final ForkJoinPool pool;

  Parallel(int threads) {
    pool = threads > 1 ? new ForkJoinPool(threads) : null;
  }

  /** Runs the body for every number below {@code n}, in any order, and waits for the end. */
  void range(int n, IntConsumer body) {
    if (pool == null || n < 2) {
      IntStream.range(0, n).forEach(body);
    } else {
      pool.submit(() -> IntStream.range(0, n).parallel().forEach(body)).join();
    }
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
    }
  }
}
