package dev.cardinal.cpu.reference;

import dev.cardinal.op.Activation;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormInferenceBackward;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BatchNormTrainingBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.function.IntConsumer;

/** Batch normalisation in training and inference, and the gradients of both. */
final class BatchNorms {
  private BatchNorms() {}

  static void training(BatchNormTraining op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    int channels = shape.dim(1);
    double count = (double) shape.size() / channels;
    double[] x = Values.of(in[0]);
    double[] gamma = Values.of(in[1]);
    double[] beta = Values.of(in[2]);
    double[] residual = in.length == 6 ? Values.of(in[5]) : null;
    double[] y = new double[x.length];
    parallel.range(channels, c -> {
      double[] sums = new double[2];
      forChannel(shape, c, i -> sums[0] += x[i]);
      double mean = sums[0] / count;
      forChannel(shape, c, i -> sums[1] += (x[i] - mean) * (x[i] - mean));
      double inverse = 1 / Math.sqrt(sums[1] / count + op.epsilon());
      forChannel(shape, c, i -> y[i] = end((x[i] - mean) * inverse * gamma[c] + beta[c], residual, i, op.activation()));
      out[1].set(c, (1 - op.momentum()) * in[3].get(c) + op.momentum() * mean);
      out[2].set(c, (1 - op.momentum()) * in[4].get(c) + op.momentum() * sums[1] / (count - 1));
      out[3].set(c, mean);
      out[4].set(c, inverse);
    });
    Values.store(y, out[0]);
  }

  static void inference(BatchNormInference op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    double[] x = Values.of(in[0]);
    double[] residual = in.length == 6 ? Values.of(in[5]) : null;
    double[] y = new double[x.length];
    parallel.range(shape.dim(1), c -> {
      double inverse = 1 / Math.sqrt(in[4].get(c) + op.epsilon());
      double gamma = in[1].get(c);
      double beta = in[2].get(c);
      double mean = in[3].get(c);
      forChannel(shape, c, i -> y[i] = end((x[i] - mean) * inverse * gamma + beta, residual, i, op.activation()));
    });
    Values.store(y, out[0]);
  }

  /** What is fused behind the normalisation: element i of a residual (or null), then the activation. */
  private static double end(double v, double[] residual, int i, Activation.Kind activation) {
    return Activations.apply(activation, 0, residual == null ? v : v + residual[i]);
  }

  static void trainingBackward(BatchNormTrainingBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[1].shape();
    int channels = shape.dim(1);
    double count = (double) shape.size() / channels;
    boolean rectified = op.activation().rectifies();
    double[] x = Values.of(in[1]);
    double[] dz = rectified ? masked(Values.of(in[0]), Values.of(in[5]), op.activation().most()) : Values.of(in[0]);
    double[] dx = new double[x.length];
    parallel.range(channels, c -> {
      double mean = in[3].get(c);
      double inverse = in[4].get(c);
      double factor = in[2].get(c) * inverse;
      double[] sums = new double[2];
      forChannel(shape, c, i -> {
        sums[0] += dz[i];
        sums[1] += dz[i] * (x[i] - mean) * inverse;
      });
      forChannel(shape, c, i -> dx[i] = factor * (dz[i] - sums[0] / count - (x[i] - mean) * inverse * sums[1] / count));
      out[1].set(c, sums[1]);
      out[2].set(c, sums[0]);
    });
    Values.store(dx, out[0]);
    if (rectified) {
      Values.store(dz, out[3]);
    }
  }

  private static double[] masked(double[] dy, double[] y, double most) {
    double[] dz = new double[dy.length];
    for (int i = 0; i < dz.length; i++) {
      dz[i] = y[i] > 0 && y[i] < most ? dy[i] : 0;
    }
    return dz;
  }

  static void inferenceBackward(BatchNormInferenceBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[1].shape();
    double[] dy = Values.of(in[0]);
    double[] x = Values.of(in[1]);
    double[] dx = new double[x.length];
    parallel.range(shape.dim(1), c -> {
      double mean = in[3].get(c);
      double inverse = 1 / Math.sqrt(in[4].get(c) + op.epsilon());
      double factor = in[2].get(c) * inverse;
      double[] sums = new double[2];
      forChannel(shape, c, i -> {
        dx[i] = dy[i] * factor;
        sums[0] += dy[i];
        sums[1] += dy[i] * (x[i] - mean) * inverse;
      });
      out[1].set(c, sums[1]);
      out[2].set(c, sums[0]);
    });
    Values.store(dx, out[0]);
  }

  /** Calls the body with the index of every element of a channel, sample by sample. */
  private static void forChannel(Shape shape, int channel, IntConsumer body) {
    int channels = shape.dim(1);
    int plane = (int) shape.spatialSize();
    for (int n = 0; n < shape.dim(0); n++) {
      int from = (n * channels + channel) * plane;
      for (int i = from; i < from + plane; i++) {
        body.accept(i);
      }
    }
  }
}
