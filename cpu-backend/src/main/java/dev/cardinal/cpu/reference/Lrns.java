package dev.cardinal.cpu.reference;

import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** {@link Lrn} and {@link LrnBackward}. */
final class Lrns {
  private Lrns() {}

  static void forward(Lrn op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[0]);
    double[] s = scales(op, in[0].shape(), x, parallel);
    double[] y = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = x[i] * Math.pow(s[i], -op.beta());
    }
    Values.store(y, out[0]);
  }

  static void backward(LrnBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Lrn f = op.forward();
    Shape shape = in[1].shape();
    int channels = shape.dim(1);
    int plane = (int) shape.spatialSize();
    double[] dy = Values.of(in[0]);
    double[] x = Values.of(in[1]);
    double[] s = scales(f, shape, x, parallel);
    double[] dx = new double[x.length];
    double factor = 2 * f.alpha() * f.beta() / f.size();
    parallel.range(shape.dim(0) * channels, p -> {
      int c = p % channels;
      for (int i = 0; i < plane; i++) {
        int at = p * plane + i;
        double sum = 0;
        for (int j = 0; j < channels; j++) {
          if (first(f, channels, j) <= c && c < end(f, channels, j)) {
            int other = at + (j - c) * plane;
            sum += dy[other] * x[other] * Math.pow(s[other], -f.beta() - 1);
          }
        }
        dx[at] = dy[at] * Math.pow(s[at], -f.beta()) - factor * x[at] * sum;
      }
    });
    Values.store(dx, out[0]);
  }

  /** For every element k + alpha / size Σ x² over the channels of its window. */
  private static double[] scales(Lrn op, Shape shape, double[] x, Parallel parallel) {
    int channels = shape.dim(1);
    int plane = (int) shape.spatialSize();
    double[] s = new double[x.length];
    parallel.range(shape.dim(0) * channels, p -> {
      int c = p % channels;
      for (int i = 0; i < plane; i++) {
        double sum = 0;
        for (int j = first(op, channels, c); j < end(op, channels, c); j++) {
          double v = x[(p + j - c) * plane + i];
          sum += v * v;
        }
        s[p * plane + i] = op.k() + op.alpha() / op.size() * sum;
      }
    });
    return s;
  }

  /** The first channel of a channel's window. */
  private static int first(Lrn op, int channels, int c) {
    int perGroup = channels / op.groups();
    return Math.max(c - (op.size() - 1) / 2, c / perGroup * perGroup);
  }

  /** The channel after the last of a channel's window. */
  private static int end(Lrn op, int channels, int c) {
    int perGroup = channels / op.groups();
    return Math.min(c + op.size() / 2 + 1, c / perGroup * perGroup + perGroup);
  }
}
