package dev.cardinal.data;

/**
 * How data is opened.
 *
 * @param seed decides which samples are held out when a source has only one split
 * @param failOnBroken whether a broken, truncated or foreign file in a class folder is an error; otherwise it is named, counted and skipped
 * @param maxPixels largest height × width that is decoded; larger pictures are refused from their header
 * @param maxFileBytes largest single picture file, as it lies in its folder or unpacked from its archive
 * @param maxUnpackedBytes most bytes unpacked from one compressed stream (a {@code .tar.gz}, a gzipped IDX file)
 * @param cacheBytes memory for decoded pictures: a set that fits is decoded once when opened and never again; at most half of the
 *     Java heap is used whatever this says; 0 turns the cache off
 * @param threads threads that check and decode while opening
 */
public record DataOptions(
    long seed, boolean failOnBroken, long maxPixels, long maxFileBytes, long maxUnpackedBytes, long cacheBytes, int threads) {

  /** @throws IllegalArgumentException if a limit or the number of threads is out of range */
  public DataOptions {
    if (maxPixels < 1 || maxFileBytes < 1 || maxUnpackedBytes < 1 || cacheBytes < 0 || threads < 1) {
      throw new IllegalArgumentException("data options need positive limits and threads, got maxPixels " + maxPixels + ", maxFileBytes "
          + maxFileBytes + ", maxUnpackedBytes " + maxUnpackedBytes + ", cacheBytes " + cacheBytes + ", threads " + threads);
    }
  }

  /**
   * Seed 0; broken files are skipped; pictures up to 2²⁶ pixels, files up to 256 MiB, streams up to 16 GiB; 1 GiB of cache; one thread
   * per processor.
   */
  public static DataOptions defaults() {
    return new DataOptions(0, false, 1L << 26, 256L << 20, 16L << 30, 1L << 30, Runtime.getRuntime().availableProcessors());
  }

  /** These options with another seed. */
  public DataOptions withSeed(long value) {
    return new DataOptions(value, failOnBroken, maxPixels, maxFileBytes, maxUnpackedBytes, cacheBytes, threads);
  }

  /** These options, failing or not on broken files. */
  public DataOptions withFailOnBroken(boolean value) {
    return new DataOptions(seed, value, maxPixels, maxFileBytes, maxUnpackedBytes, cacheBytes, threads);
  }

  /** These options with another pixel limit. */
  public DataOptions withMaxPixels(long value) {
    return new DataOptions(seed, failOnBroken, value, maxFileBytes, maxUnpackedBytes, cacheBytes, threads);
  }

  /** These options with another limit on the bytes of a file. */
  public DataOptions withMaxFileBytes(long value) {
    return new DataOptions(seed, failOnBroken, maxPixels, value, maxUnpackedBytes, cacheBytes, threads);
  }

  /** These options with another limit on the bytes unpacked from a compressed stream. */
  public DataOptions withMaxUnpackedBytes(long value) {
    return new DataOptions(seed, failOnBroken, maxPixels, maxFileBytes, value, cacheBytes, threads);
  }

  /** These options with another cache. */
  public DataOptions withCacheBytes(long value) {
    return new DataOptions(seed, failOnBroken, maxPixels, maxFileBytes, maxUnpackedBytes, value, threads);
  }

  /** These options with another number of threads. */
  public DataOptions withThreads(int value) {
    return new DataOptions(seed, failOnBroken, maxPixels, maxFileBytes, maxUnpackedBytes, cacheBytes, value);
  }

  /** The cache that is really used: {@link #cacheBytes()}, but at most half of the Java heap. */
  public long usableCacheBytes() {
    return Math.min(cacheBytes, Runtime.getRuntime().maxMemory() / 2);
  }
}
