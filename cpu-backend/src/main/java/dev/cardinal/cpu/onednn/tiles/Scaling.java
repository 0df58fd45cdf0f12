package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;

/**
 * A batch normalisation by given statistics with ReLU or ReLU6 that others do on their way through a map: y = min(most, max(0, (x - mean) gamma / sqrt(variance + epsilon) + beta)), to the same bits as
 * {@link TileNormalisation}.
 *
 * @param gamma for each channel
 * @param beta for each channel
 * @param mean for each channel
 * @param variance for each channel
 * @param epsilon is added to variances
 * @param most infinity for ReLU
 */
public record Scaling(Floats gamma, Floats beta, Floats mean, Floats variance, double epsilon, float most) {
  private static final int ROWS = 4;

  /** Memory of the coefficients. */
  static long bytes(int channels) {
    return ROWS * rowBytes(channels);
  }

  static long rowBytes(int channels) {
    return (long) channels * Float.BYTES;
  }

  /** Writes down rows of means, factors, shifts and the most. */
  void write(long to, int channels) {
    Floats rows = Floats.at(to, (long) ROWS * channels);
    for (int c = 0; c < channels; c++) {
      rows.put(c, mean.get(c));
      rows.put(channels + c, (float) (gamma.get(c) / Math.sqrt(variance.get(c) + epsilon)));
      rows.put(2L * channels + c, beta.get(c));
      rows.put(3L * channels + c, most);
    }
  }
}
