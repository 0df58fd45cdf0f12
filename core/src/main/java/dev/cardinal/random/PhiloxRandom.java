package dev.cardinal.random;

import java.util.random.RandomGenerator;

/** One {@link Philox} stream read in order. Two generators with the same key and stream give the same numbers. Not thread-safe. */
public final class PhiloxRandom implements RandomGenerator {
  private final long key;
  private final long stream;
  private final int[] words = new int[4];
  private long block;
  private int used = 4;

  /** The stream {@code stream} of key {@code key}, from its beginning. */
  public PhiloxRandom(long key, long stream) {
    this.key = key;
    this.stream = stream;
  }

  @Override
  public int nextInt() {
    if (used == 4) {
      Philox.block(key, stream, block++, words, 0);
      used = 0;
    }
    return words[used++];
  }

  @Override
  public long nextLong() {
    return (long) nextInt() << 32 | nextInt() & 0xffffffffL;
  }

  /**
   * A number from 0 to {@code bound - 1}. Defined here, not left to the library, so that it stays the same from one Java version to the next; one word is scaled, so values differ in probability by at
   * most bound / 2³².
   */
  @Override
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("the bound must be at least 1, got " + bound);
    }
    return (int) ((nextInt() & 0xffffffffL) * bound >>> 32);
  }

  /** Standard normal (Box and Muller 1958), with {@link StrictMath} so that it is the same everywhere. */
  @Override
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /** A permutation of {@code 0..n-1} (Fisher and Yates). */
  public int[] permutation(int n) {
    int[] p = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      p[i] = p[j];
      p[j] = i;
    }
    return p;
  }
}
