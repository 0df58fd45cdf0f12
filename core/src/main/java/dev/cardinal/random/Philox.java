package dev.cardinal.random;

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a keyed bijection of a 128-bit counter. The
 * counter's low half is the index of a block of four words, its high half a stream number that keeps independent uses apart.
 */
public final class Philox {
  /** What a round multiplies a block's first word by. */
  public static final int MULTIPLIER_0 = 0xD2511F53;
  /** What a round multiplies a block's third word by. */
  public static final int MULTIPLIER_1 = 0xCD9E8D57;
  /** What the key's low half grows by from round to round. */
  public static final int WEYL_0 = 0x9E3779B9;
  /** What the key's high half grows by. */
  public static final int WEYL_1 = 0xBB67AE85;
  /** How many rounds make a block's words. */
  public static final int ROUNDS = 10;

  private Philox() {}

  /** Writes the four 32-bit words of block {@code index} of {@code stream} under {@code key} to {@code out[at..at+3]}. */
  public static void block(long key, long stream, long index, int[] out, int at) {
    int c0 = (int) index;
    int c1 = (int) (index >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int r = 0; r < ROUNDS; r++) {
      long p0 = (MULTIPLIER_0 & 0xffffffffL) * (c0 & 0xffffffffL);
      long p1 = (MULTIPLIER_1 & 0xffffffffL) * (c2 & 0xffffffffL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c0 = n0;
      c1 = (int) p1;
      c2 = n2;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
  }

  /** The 32-bit word at position {@code index} of {@code stream}: word {@code index % 4} of block {@code index / 4}. */
  public static int word(long key, long stream, long index) {
    int[] w = new int[4];
    block(key, stream, index >>> 2, w, 0);
    return w[(int) (index & 3)];
  }

  /** A word as a number in [0, 1), from its upper 24 bits, so that it is exact in float32. */
  public static float toUniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }
}
