package dev.cardinal.cpu.onednn.kernel;

import java.util.Arrays;

/** Losses and their gradients, in double precision row by row. */
public final class LossKernels {
  /** Logits that are read together, whole rows of them: reading few at a time takes longer than what is done to them. */
  private static final int READ = 1024;
  /** Logits that are worth a task. */
  private static final int TASK = 4096;

  private LossKernels() {}

  /** Does rows of a task, which lie in memory of the worker's own. */
  private interface Rows {
    void done(int task, long first, int count, float[] logits, double[] exponentials);
  }

  /** Divides rows into tasks, and those into as many rows as are read together. */
  private static Runnable over(Workers workers, long rows, int classes, Floats x, int tasks, Rows body) {
    int together = Math.max(1, READ / Math.max(1, classes));
    float[][] logits = new float[workers.threads()][together * classes];
    double[][] exponentials = new double[workers.threads()][classes];
    return () -> workers.run(tasks, (task, worker) -> {
      long end = rows * (task + 1) / tasks;
      for (long r = rows * task / tasks; r < end; r += together) {
        int count = (int) Math.min(together, end - r);
        x.get(r * classes, logits[worker], 0, count * classes);
        body.done(task, r, count, logits[worker], exponentials[worker]);
      }
    });
  }

  private static int tasks(Workers workers, long rows, int classes) {
    return (int) Math.min(Math.max(1, rows * classes / TASK), workers.threads() * 4L);
  }

  /** Softmax cross-entropy over rows of logits, averaged over the labels that count. */
  public static Runnable crossEntropy(Workers workers, long rows, int classes, Floats x, Ints labels, Floats loss, double smoothing, int ignore) {
    int tasks = tasks(workers, rows, classes);
    double[] sums = new double[tasks];
    long[] counts = new long[tasks];
    Runnable all = over(workers, rows, classes, x, tasks, (task, first, rowCount, logits, exponentials) -> {
      double sum = 0;
      long count = 0;
      for (int r = 0; r < rowCount; r++) {
        int label = labels.get(first + r);
        if (label == ignore) {
          continue;
        }
        count++;
        if (label < 0 || label >= classes) {
          sum = Double.NaN;
          continue;
        }
        int at = r * classes;
        float most = most(logits, at, classes);
        double logOfSum = most + Math.log(exponentials(logits, at, classes, most, exponentials));
        double nll = logOfSum - logits[at + label];
        if (smoothing > 0) {
          double ofAll = 0;
          for (int c = 0; c < classes; c++) {
            ofAll += logOfSum - logits[at + c];
          }
          nll = (1 - smoothing) * nll + smoothing / classes * ofAll;
        }
        sum += nll;
      }
      sums[task] += sum;
      counts[task] += count;
    });
    return () -> {
      Arrays.fill(sums, 0);
      Arrays.fill(counts, 0);
      all.run();
      double sum = 0;
      long count = 0;
      for (int t = 0; t < tasks; t++) {
        sum += sums[t];
        count += counts[t];
      }
      loss.put(0, count == 0 ? 0 : (float) (sum / count));
    };
  }

  private static float most(float[] logits, int at, int classes) {
    float most = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      most = Math.max(most, logits[at + c]);
    }
    return most;
  }

  /** Sets them, of differences from the largest logit; returns their sum. */
  private static double exponentials(float[] logits, int at, int classes, float most, double[] to) {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      to[c] = Math.exp((double) logits[at + c] - most);
      sum += to[c];
    }
    return sum;
  }

  /** (softmax - target) dloss / count. */
  public static Runnable crossEntropyBackward(Workers workers, long rows, int classes, Floats dloss, Floats x, Ints labels, Floats dx, double smoothing, int ignore) {
    double[] factor = new double[1];
    Runnable all = over(workers, rows, classes, x, tasks(workers, rows, classes), (task, first, count, logits, exponentials) -> {
      for (int r = 0; r < count; r++) {
        int label = labels.get(first + r);
        int at = r * classes;
        if (label == ignore) {
          Arrays.fill(logits, at, at + classes, 0);
        } else if (label < 0 || label >= classes) {
          Arrays.fill(logits, at, at + classes, Float.NaN);
        } else {
          double sum = exponentials(logits, at, classes, most(logits, at, classes), exponentials);
          for (int c = 0; c < classes; c++) {
            double target = smoothing / classes + (c == label ? 1 - smoothing : 0);
            logits[at + c] = (float) ((exponentials[c] / sum - target) * factor[0]);
          }
        }
      }
      dx.put(first * classes, logits, 0, count * classes);
    });
    return () -> {
      long count = 0;
      for (long r = 0; r < rows; r++) {
        count += labels.get(r) == ignore ? 0 : 1;
      }
      factor[0] = count == 0 ? 0 : dloss.get(0) / (double) count;
      all.run();
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
