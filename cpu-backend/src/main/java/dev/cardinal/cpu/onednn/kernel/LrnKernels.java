package dev.cardinal.cpu.onednn.kernel;

import dev.cardinal.op.Lrn;

/** Local response normalisation with groups or even windows, over rows of channels. */
public final class LrnKernels {
  private static final double THREE_QUARTERS = 0.75;

  private LrnKernels() {}

  /** y = x s^-beta. */
  public static Runnable forward(Workers workers, Lrn op, long rows, int channels, Floats x, Floats y) {
    float[][] in = new float[workers.threads()][channels];
    double[][] s = new double[workers.threads()][channels];
    return () -> PlaneKernels.forPlanes(workers, rows, (r, w) -> {
      x.get(r * channels, in[w], 0, channels);
      sums(op, in[w], s[w], channels);
      for (int c = 0; c < channels; c++) {
        in[w][c] = (float) (in[w][c] * power(s[w][c], op.beta()));
      }
      y.put(r * channels, in[w], 0, channels);
    });
  }

  /** s = k + alpha / size Σ x². */
  private static void sums(Lrn op, float[] x, double[] s, int channels) {
    int perGroup = channels / op.groups();
    for (int c = 0; c < channels; c++) {
      int first = c / perGroup * perGroup;
      int from = Math.max(first, c - (op.size() - 1) / 2);
      int to = Math.min(first + perGroup - 1, c + op.size() / 2);
      double sum = 0;
      for (int i = from; i <= to; i++) {
        sum += (double) x[i] * x[i];
      }
      s[c] = op.k() + op.alpha() / op.size() * sum;
    }
  }

  /** s^-beta, by square roots for the beta of the paper. */
  private static double power(double s, double beta) {
    if (beta == THREE_QUARTERS) {
      double root = Math.sqrt(s);
      return 1 / (root * Math.sqrt(root));
    }
    return Math.pow(s, -beta);
  }

  /** dx_i = dy_i s_i^-beta - 2 alpha beta / size x_i Σ_j dy_j x_j s_j^(-beta-1). */
  public static Runnable backward(Workers workers, Lrn op, long rows, int channels, Floats dy, Floats x, Floats dx) {
    int threads = workers.threads();
    float[][] in = new float[threads][channels];
    float[][] gradient = new float[threads][channels];
    double[][] s = new double[threads][channels];
    double[][] terms = new double[threads][channels];
    int perGroup = channels / op.groups();
    double factor = 2 * op.alpha() * op.beta() / op.size();
    return () -> PlaneKernels.forPlanes(workers, rows, (r, w) -> {
      x.get(r * channels, in[w], 0, channels);
      dy.get(r * channels, gradient[w], 0, channels);
      sums(op, in[w], s[w], channels);
      for (int c = 0; c < channels; c++) {
        double p = gradient[w][c] * power(s[w][c], op.beta());
        terms[w][c] = p * in[w][c] / s[w][c];
        gradient[w][c] = (float) p;
      }
      for (int c = 0; c < channels; c++) {
        int first = c / perGroup * perGroup;
        int from = Math.max(first, c - op.size() / 2);
        int to = Math.min(first + perGroup - 1, c + (op.size() - 1) / 2);
        double sum = 0;
        for (int j = from; j <= to; j++) {
          sum += terms[w][j];
        }
        gradient[w][c] = (float) (gradient[w][c] - factor * in[w][c] * sum);
      }
      dx.put(r * channels, gradient[w], 0, channels);
    });
  }
}
