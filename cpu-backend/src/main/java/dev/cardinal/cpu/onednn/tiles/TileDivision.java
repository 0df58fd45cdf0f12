package dev.cardinal.cpu.onednn.tiles;

/**
 * How the gradient of weights is divided among threads: by positions, whose sums are added up in the end, by rows and by columns of the gradient, each of which reads its part of one map and all of the other. No
 * two threads share memory that one of them writes.
 *
 * @param parts of the positions
 * @param rows parts of the channels of the transposed map
 * @param columns parts of the channels of the other
 */
record TileDivision(int parts, int rows, int columns) {
  /** Cycles to read, transpose and split one number. */
  private static final double ACROSS = 1.5;
  /** Cycles to read and split one number. */
  private static final double BESIDE = 1;
  /** Cycles to add one number of a part's sum. */
  private static final double ADD = 1;
  /** Cycles of a position's products for one block of the gradient. */
  private static final double BLOCK = 12;

  /** The cheapest for one task a thread. */
  static TileDivision of(int threads, long positions, int taps, int acrossBlocks, int besideBlocks) {
    TileDivision best = new TileDivision(1, 1, 1);
    double least = Double.POSITIVE_INFINITY;
    for (int parts = 1; parts <= threads; parts++) {
      for (int rows = 1; parts * rows <= threads && rows <= acrossBlocks; rows++) {
        int columns = Math.min(threads / (parts * rows), besideBlocks);
        TileDivision d = new TileDivision(parts, rows, columns);
        double cost = d.cost((double) positions, taps, acrossBlocks, besideBlocks);
        if (cost < least) {
          least = cost;
          best = d;
        }
      }
    }
    return best;
  }

  private double cost(double positions, int taps, int acrossBlocks, int besideBlocks) {
    double own = positions / parts;
    int m = (acrossBlocks + rows - 1) / rows;
    int n = (besideBlocks + columns - 1) / columns;
    double split = own * TileShape.DEPTH * (ACROSS * m + BESIDE * n);
    double add = (double) (parts - 1) / parts * ADD * taps * acrossBlocks * besideBlocks * TileShape.DEPTH * TileShape.DEPTH / (rows * columns);
    return split + add + own * BLOCK * taps * m * n;
  }
}
