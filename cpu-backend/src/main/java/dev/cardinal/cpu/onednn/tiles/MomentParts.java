package dev.cardinal.cpu.onednn.tiles;

import dev.cardinal.cpu.onednn.kernel.Floats;

/**
 * Sums over parts of a map's rows, each as differences from a value that is near most, so that little cancels: for every part a value near each channel's, the sum of differences from it, and the sum of their squares.
 *
 * @param firsts the first row of every part, and the number of rows
 * @param positions that are a row together, which has sums of its own for each of them
 * @param channels of every position
 */
public record MomentParts(long[] firsts, int positions, int channels) {
  /** Rows of sums of a part. */
  static final int ROWS = 3;

  /** Of rows that are a position each. */
  MomentParts(long[] firsts, int channels) {
    this(firsts, 1, channels);
  }

  private int parts() {
    return firsts.length - 1;
  }

  long partBytes() {
    return (long) ROWS * positions * channels * Float.BYTES;
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
    float[] values = new float[ROWS * positions * channels];
    double[] means = new double[channels];
    double[] squares = new double[channels];
    long all = firsts[parts()] * positions;
    return () -> {
      for (int i = 0; i < parts(); i++) {
        part.get((long) i * values.length, values, 0, values.length);
        long count = firsts[i + 1] - firsts[i];
        for (int p = 0; p < positions; p++) {
          merge(values, p, firsts[i] * positions + p * count, count, means, squares);
        }
      }
      for (int c = 0; c < channels; c++) {
        mean.put(c, (float) means[c]);
        variance.put(c, (float) (squares[c] / all));
      }
    };
  }

  /** Merges the sums of {@code count} positions, which are at one place of every row, into mean and sum of squared differences from the mean of {@code before}. */
  private void merge(float[] part, int place, long before, long count, double[] mean, double[] squares) {
    int width = positions * channels;
    double share = (double) count / (before + count);
    double weight = before * share;
    double inverse = 1.0 / count;
    for (int c = 0; c < channels; c++) {
      int at = place * channels + c;
      double sum = part[width + at];
      double offset = sum * inverse;
      double difference = before == 0 ? 0 : part[at] + offset - mean[c];
      mean[c] = before == 0 ? part[at] + offset : mean[c] + difference * share;
      squares[c] = (before == 0 ? 0 : squares[c]) + Math.max(0, part[2 * width + at] - offset * sum) + difference * difference * weight;
    }
  }
}
