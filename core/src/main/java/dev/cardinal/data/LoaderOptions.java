package dev.cardinal.data;

/**
 * How a {@link Loader} makes batches.
 *
 * @param batch rows of a batch
 * @param shuffle whether every epoch has an order of its own, decided by seed and epoch; otherwise the data set's order
 * @param dropLast whether an incomplete last batch is left out instead of padded
 * @param seed decides order and augmentation
 * @param threads background threads that decode and transform
 * @param prefetch how many batches are prepared ahead of the one in use, at least 1
 */
public record LoaderOptions(int batch, boolean shuffle, boolean dropLast, long seed, int threads, int prefetch) {
  /** @throws IllegalArgumentException if a number is not positive */
  public LoaderOptions {
    if (batch < 1 || threads < 1 || prefetch < 1) {
      throw new IllegalArgumentException(
          "a loader needs a positive batch, threads and prefetch, got " + batch + ", " + threads + " and " + prefetch);
    }
  }

  /** Shuffled, the last batch padded; one thread per processor, three batches ahead. */
  public static LoaderOptions training(int batch, long seed) {
    return new LoaderOptions(batch, true, false, seed, defaultThreads(), 3);
  }

  /** In order, the last batch padded; one thread per processor, three batches ahead. */
  public static LoaderOptions evaluation(int batch) {
    return new LoaderOptions(batch, false, false, 0, defaultThreads(), 3);
  }

  /**
   * One per processor. Where the network computes on the processors too, its threads wait for each other after every operation: loading that takes its time from one processor alone holds up all.
   */
  public static int defaultThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** These options with the incomplete last batch left out or padded. */
  public LoaderOptions withDropLast(boolean value) {
    return new LoaderOptions(batch, shuffle, value, seed, threads, prefetch);
  }

  /** These options with another number of threads. */
  public LoaderOptions withThreads(int value) {
    return new LoaderOptions(batch, shuffle, dropLast, seed, value, prefetch);
  }

  /** These options with another number of batches ahead. */
  public LoaderOptions withPrefetch(int value) {
    return new LoaderOptions(batch, shuffle, dropLast, seed, threads, value);
  }
}
