package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;

/**
 * A batch normalisation by given statistics with ReLU that others do on their way through a map: y = max(0, (x - mean) gamma / sqrt(variance + epsilon) + beta), to the same bits as {@link TileNormalisation}.
 *
 * @param gamma for each channel
 * @param beta for each channel
 * @param mean for each channel
 * @param variance for each channel
 * @param epsilon is added to variances
 */
public record Scaling(Floats gamma, Floats beta, Floats mean, Floats variance, double epsilon) {
  private static final int ROWS = 3;

  /** Memory of the coefficients. */
  static long bytes(int channels) {
    return ROWS * rowBytes(channels);
  }

  static long rowBytes(int channels) {
    return (long) channels * Float.BYTES;
  }

  /** Writes down rows of means, factors and shifts. */
  void write(long to, int channels) {
    Floats rows = Floats.at(to, (long) ROWS * channels);
    for (int c = 0; c < channels; c++) {
      rows.put(c, mean.get(c));
      rows.put(channels + c, (float) (gamma.get(c) / Math.sqrt(variance.get(c) + epsilon)));
      rows.put(2L * channels + c, beta.get(c));
    }
  }
}
