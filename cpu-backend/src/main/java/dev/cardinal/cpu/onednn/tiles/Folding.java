package dev.cardinal.cpu.onednn.tiles;

/**
 * A map that is channels last, seen as one of fewer positions with more channels, as it lies in memory: so that any number of channels fills vectors. Channel c of position p is channel
 * {@code p % positions * channels + c} of row {@code p / positions}.
 *
 * @param rows of the map so seen
 * @param positions that are a row together
 * @param channels of the map itself
 */
record Folding(long rows, int positions, int channels) {
  /** Channels up to which positions are put together although they fill vectors: short rows are much work beside the vectors. */
  private static final int SHORT = 64;
  /** Coefficients and sums of longer rows would leave the cache of the first level. */
  private static final int LONG = 1024;
  private static final int PARTS_PER_THREAD = 8;
  /** Bytes of a part for which its own sums, which have to be merged, are little work. */
  private static final long PART_BYTES = 32 << 10;

  /** Of a map of so many positions, or {@code null} if they cannot be put together as needed. */
  static Folding of(long positions, int channels) {
    int together = 1;
    while ((long) together * channels % TileShape.HALF != 0) {
      together *= 2;
    }
    while (together * channels <= SHORT && positions % (2L * together) == 0) {
      together *= 2;
    }
    boolean fits = together == 1 || (long) together * channels <= LONG;
    return fits && positions % together == 0 ? new Folding(positions / together, together, channels) : null;
  }

  /** Channels of a row. */
  int width() {
    return positions * channels;
  }

  /** Into how many parts threads divide the rows: several each, because they are not equally fast, but few of a small map. */
  int parts(int threads) {
    long worthwhile = rows * width() * Float.BYTES / PART_BYTES;
    return (int) Math.min(rows, Math.max(1, Math.min(PARTS_PER_THREAD, worthwhile / threads)) * threads);
  }
}
