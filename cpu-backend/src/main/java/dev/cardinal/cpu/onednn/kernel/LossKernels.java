package dev.cardinal.cpu.onednn.kernel;

/** Losses and their gradients, in double precision row by row. */
public final class LossKernels {
  private LossKernels() {}

  /** Softmax cross-entropy over rows of logits, averaged over the labels that count. */
  public static Runnable crossEntropy(Workers workers, long rows, int classes, Floats x, Ints labels, Floats loss, double smoothing, int ignore) {
    int tasks = (int) Math.min(Math.max(1, rows * classes / 4096), workers.threads() * 4L);
    float[][] scratch = new float[workers.threads()][classes];
    double[] sums = new double[tasks];
    long[] counts = new long[tasks];
    return () -> {
      workers.run(tasks, (task, worker) -> {
        float[] row = scratch[worker];
        double sum = 0;
        long count = 0;
        long last = rows * (task + 1) / tasks;
        for (long r = rows * task / tasks; r < last; r++) {
          int label = labels.get(r);
          if (label == ignore) {
            continue;
          }
          count++;
          if (label < 0 || label >= classes) {
            sum = Double.NaN;
            continue;
          }
          x.get(r * classes, row, 0, classes);
          double lse = logSumExp(row, classes);
          double nll = lse - row[label];
          if (smoothing > 0) {
            double all = 0;
            for (int c = 0; c < classes; c++) {
              all += lse - row[c];
            }
            nll = (1 - smoothing) * nll + smoothing / classes * all;
          }
          sum += nll;
        }
        sums[task] = sum;
        counts[task] = count;
      });
      double sum = 0;
      long count = 0;
      for (int t = 0; t < tasks; t++) {
        sum += sums[t];
        count += counts[t];
      }
      loss.put(0, count == 0 ? 0 : (float) (sum / count));
    };
  }

  private static double logSumExp(float[] row, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < n; c++) {
      max = Math.max(max, row[c]);
    }
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += Math.exp((double) row[c] - max);
    }
    return max + Math.log(sum);
  }

  /** (softmax - target) dloss / count. */
  public static Runnable crossEntropyBackward(Workers workers, long rows, int classes, Floats dloss, Floats x, Ints labels, Floats dx, double smoothing, int ignore) {
    int tasks = (int) Math.min(Math.max(1, rows * classes / 4096), workers.threads() * 4L);
    float[][] scratch = new float[workers.threads()][classes];
    return () -> {
      long count = 0;
      for (long r = 0; r < rows; r++) {
        count += labels.get(r) == ignore ? 0 : 1;
      }
      double factor = count == 0 ? 0 : (double) dloss.get(0) / count;
      workers.run(tasks, (task, worker) -> {
        float[] row = scratch[worker];
        long last = rows * (task + 1) / tasks;
        for (long r = rows * task / tasks; r < last; r++) {
          int label = labels.get(r);
          if (label == ignore) {
            java.util.Arrays.fill(row, 0, classes, 0);
          } else if (label < 0 || label >= classes) {
            java.util.Arrays.fill(row, 0, classes, Float.NaN);
          } else {
            x.get(r * classes, row, 0, classes);
            double lse = logSumExp(row, classes);
            for (int c = 0; c < classes; c++) {
              double target = smoothing / classes + (c == label ? 1 - smoothing : 0);
              row[c] = (float) ((Math.exp(row[c] - lse) - target) * factor);
            }
          }
          dx.put(r * classes, row, 0, classes);
        }
      });
    };
  }

  /** Mean of max(x, 0) - x t + ln(1 + e^-|x|). */
  public static Runnable binaryCrossEntropy(Workers workers, long size, Floats x, Floats targets, Floats loss) {
    Flat flat = new Flat(workers, 2);
    double[] sums = new double[(int) ((size + Flat.TILE - 1) / Flat.TILE)];
    return () -> {
      flat.run(size, (from, n, s) -> {
        x.get(from, s[0], 0, n);
        targets.get(from, s[1], 0, n);
        double sum = 0;
        for (int j = 0; j < n; j++) {
          double v = s[0][j];
          sum += Math.max(v, 0) - v * s[1][j] + Math.log1p(Math.exp(-Math.abs(v)));
        }
        sums[(int) (from / Flat.TILE)] = sum;
      });
      double sum = 0;
      for (double s : sums) {
        sum += s;
      }
      loss.put(0, (float) (sum / size));
    };
  }

  /** (sigmoid(x) - t) dloss / n. */
  public static Runnable binaryCrossEntropyBackward(Workers workers, long size, Floats dloss, Floats x, Floats targets, Floats dx) {
    Flat flat = new Flat(workers, 2);
    return () -> {
      double factor = (double) dloss.get(0) / size;
      flat.run(size, (from, n, s) -> {
        x.get(from, s[0], 0, n);
        targets.get(from, s[1], 0, n);
        for (int j = 0; j < n; j++) {
          s[0][j] = (float) ((1 / (1 + Math.exp(-s[0][j])) - s[1][j]) * factor);
        }
        dx.put(from, s[0], 0, n);
      });
    };
  }
}
