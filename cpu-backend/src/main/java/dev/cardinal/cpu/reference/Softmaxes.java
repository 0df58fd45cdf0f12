package dev.cardinal.cpu.reference;

import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** Softmax and log-softmax along an axis, and the gradient. */
final class Softmaxes {
  private Softmaxes() {}

  static void forward(Softmax op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[0]);
    double[] y = new double[x.length];
    Lines lines = new Lines(in[0].shape(), op.axis());
    double[] line = new double[lines.length()];
    for (int l = 0; l < lines.count(); l++) {
      for (int i = 0; i < line.length; i++) {
        line[i] = x[lines.index(l, i)];
      }
      logarithms(line);
      for (int i = 0; i < line.length; i++) {
        y[lines.index(l, i)] = op.log() ? line[i] : Math.exp(line[i]);
      }
    }
    Values.store(y, out[0]);
  }

  static void backward(SoftmaxBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] dy = Values.of(in[0]);
    double[] y = Values.of(in[1]);
    double[] dx = new double[dy.length];
    Lines lines = new Lines(in[0].shape(), op.axis());
    for (int l = 0; l < lines.count(); l++) {
      double sum = 0;
      for (int i = 0; i < lines.length(); i++) {
        int at = lines.index(l, i);
        sum += op.log() ? dy[at] : dy[at] * y[at];
      }
      for (int i = 0; i < lines.length(); i++) {
        int at = lines.index(l, i);
        dx[at] = op.log() ? dy[at] - Math.exp(y[at]) * sum : y[at] * (dy[at] - sum);
      }
    }
    Values.store(dx, out[0]);
  }

  /** Replaces numbers by the logarithms of their softmax, x - m - ln Σ exp(x_j - m) with m the maximum. */
  static void logarithms(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double v : x) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (double v : x) {
      sum += Math.exp(v - max);
    }
    double log = Math.log(sum);
    for (int i = 0; i < x.length; i++) {
      x[i] = x[i] - max - log;
    }
  }

  /** The lines of elements of a tensor that lie along one axis. */
  record Lines(int count, int length, int stride) {
    Lines(Shape s, int axis) {
      this(s.dim(axis) == 0 ? 0 : (int) (s.size() / s.dim(axis)), s.dim(axis), (int) s.strides()[axis < 0 ? axis + s.rank() : axis]);
    }

    /** Linear index of element {@code i} of line {@code l}. */
    int index(int l, int i) {
      return (l / stride * length + i) * stride + l % stride;
    }
  }
}
