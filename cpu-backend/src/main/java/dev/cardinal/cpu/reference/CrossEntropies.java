package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Softmaxes.Lines;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.tensor.HostTensor;

/** Cross-entropy with integer labels and binary cross-entropy on logits, with their gradients. */
final class CrossEntropies {
  private CrossEntropies() {}

  static void forward(CrossEntropy op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    int[] labels = in[1].ints();
    double[] x = Values.of(in[0]);
    Lines lines = new Lines(in[0].shape(), 1);
    double[] line = new double[lines.length()];
    double sum = 0;
    for (int l = 0; l < labels.length; l++) {
      if (labels[l] != op.ignoreLabel()) {
        read(x, lines, l, line);
        sum += loss(line, labels[l], op.smoothing());
      }
    }
    int count = counted(labels, op.ignoreLabel());
    out[0].set(0, count == 0 ? 0 : sum / count);
  }

  /** Of one sample: -Σ target ln p. */
  private static double loss(double[] logarithms, int label, double smoothing) {
    if (label < 0 || label >= logarithms.length) {
      return Double.NaN;
    }
    double loss = -(1 - smoothing) * logarithms[label];
    // Without smoothing the others do not count at all, not even 0 times infinity.
    for (int c = 0; c < logarithms.length && smoothing > 0; c++) {
      loss -= smoothing / logarithms.length * logarithms[c];
    }
    return loss;
  }

  static void backward(CrossEntropyBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[1]);
    int[] labels = in[2].ints();
    double[] dx = new double[x.length];
    double factor = in[0].get(0) / counted(labels, op.ignoreLabel());
    Lines lines = new Lines(in[1].shape(), 1);
    double[] line = new double[lines.length()];
    for (int l = 0; l < labels.length; l++) {
      if (labels[l] == op.ignoreLabel()) {
        continue;
      }
      read(x, lines, l, line);
      boolean valid = labels[l] >= 0 && labels[l] < line.length;
      for (int c = 0; c < line.length; c++) {
        double target = op.smoothing() / line.length + (c == labels[l] ? 1 - op.smoothing() : 0);
        dx[lines.index(l, c)] = valid ? (Math.exp(line[c]) - target) * factor : Double.NaN;
      }
    }
    Values.store(dx, out[0]);
  }

  private static void read(double[] x, Lines lines, int l, double[] logarithms) {
    for (int c = 0; c < logarithms.length; c++) {
      logarithms[c] = x[lines.index(l, c)];
    }
    Softmaxes.logarithms(logarithms);
  }

  private static int counted(int[] labels, int ignore) {
    int count = 0;
    for (int label : labels) {
      count += label == ignore ? 0 : 1;
    }
    return count;
  }

  static void binary(BinaryCrossEntropy op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[0]);
    double[] t = Values.of(in[1]);
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.max(x[i], 0) - x[i] * t[i] + Math.log1p(Math.exp(-Math.abs(x[i])));
    }
    out[0].set(0, sum / x.length);
  }

  static void binaryBackward(BinaryCrossEntropyBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double factor = in[0].get(0) / in[1].size();
    double[] x = Values.of(in[1]);
    double[] t = Values.of(in[2]);
    double[] dx = new double[x.length];
    for (int i = 0; i < dx.length; i++) {
      dx[i] = (1 / (1 + Math.exp(-x[i])) - t[i]) * factor;
    }
    Values.store(dx, out[0]);
  }
}
