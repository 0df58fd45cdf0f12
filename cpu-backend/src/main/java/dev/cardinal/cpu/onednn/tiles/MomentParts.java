package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;

/**
 * Sums over parts of a map's rows, each as differences from a value that is near most, so that little cancels: for every part a value near each channel's, the sum of differences from it, and the sum of their squares.
 *
 * @param firsts the first row of every part, and the number of rows
 * @param channels of every row
 */
public record MomentParts(long[] firsts, int channels) {
  /** Rows of sums of a part. */
  static final int ROWS = 3;

  private int parts() {
    return firsts.length - 1;
  }

  long partBytes() {
    return (long) ROWS * channels * Float.BYTES;
  }

  /** Memory of the sums. */
  public long bytes() {
    return parts() * partBytes();
  }

  /**
   * Makes mean and biased variance of them, in float64 (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979, equation 2.1).
   *
   * @param sums address of the sums
   */
  public Runnable merged(long sums, Floats mean, Floats variance) {
    Floats part = Floats.at(sums, bytes() / Float.BYTES);
    float[] values = new float[ROWS * channels];
    double[] means = new double[channels];
    double[] squares = new double[channels];
    long rows = firsts[parts()];
    return () -> {
      for (int i = 0; i < parts(); i++) {
        part.get((long) i * values.length, values, 0, values.length);
        merge(values, firsts[i], firsts[i + 1] - firsts[i], means, squares);
      }
      for (int c = 0; c < channels; c++) {
        mean.put(c, (float) means[c]);
        variance.put(c, (float) (squares[c] / rows));
      }
    };
  }

  /** Merges {@code count} rows' sums into mean and sum of squared differences from the mean of {@code before} rows. */
  private static void merge(float[] part, long before, long count, double[] mean, double[] squares) {
    int channels = mean.length;
    double share = (double) count / (before + count);
    for (int c = 0; c < channels; c++) {
      double offset = part[channels + c] / (double) count;
      double difference = before == 0 ? 0 : part[c] + offset - mean[c];
      mean[c] = before == 0 ? part[c] + offset : mean[c] + difference * share;
      squares[c] = (before == 0 ? 0 : squares[c]) + Math.max(0, part[2 * channels + c] - offset * part[channels + c]) + difference * difference * before * share;
    }
  }
}
