package dev.cardinal.cpu.reference;

import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.tensor.HostTensor;

/** {@link Activation} and {@link ActivationBackward}, also where they are fused. */
final class Activations {
  private Activations() {}

  static void forward(Activation op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[0]);
    double[] y = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = apply(op.kind(), op.alpha(), x[i]);
    }
    Values.store(y, out[0]);
  }

  static void backward(ActivationBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] dy = Values.of(in[0]);
    double[] known = Values.of(in[1]);
    double[] dx = new double[dy.length];
    for (int i = 0; i < dx.length; i++) {
      dx[i] = gradient(op.kind(), op.alpha(), dy[i], known[i]);
    }
    Values.store(dx, out[0]);
  }

  /** The function. NaN stays NaN. */
  static double apply(Activation.Kind kind, double alpha, double x) {
    return switch (kind) {
      case IDENTITY -> x;
      case RELU -> Math.max(x, 0);
      case RELU6 -> Math.min(Math.max(x, 0), 6);
      case LEAKY_RELU -> x > 0 ? x : alpha * x;
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case HARD_SWISH -> x * Math.min(Math.max(x + 3, 0), 6) / 6;
    };
  }

  /** The gradient, from the output; from the input for HARD_SWISH. A NaN of the forward pass lets dy through, as in PyTorch. */
  private static double gradient(Activation.Kind kind, double alpha, double dy, double known) {
    return switch (kind) {
      case IDENTITY -> dy;
      case RELU -> known <= 0 ? 0 : dy;
      case RELU6 -> known <= 0 || known >= 6 ? 0 : dy;
      case LEAKY_RELU -> known > 0 ? dy : alpha * dy;
      case SIGMOID -> dy * known * (1 - known);
      case TANH -> dy * (1 - known * known);
      case HARD_SWISH -> known <= -3 ? 0 : known >= 3 ? dy : dy * (known / 3 + 0.5);
    };
  }

  /**
   * Ends an operation that may have a bias per channel (or null) and a fused activation, in place; {@code plane} elements follow
   * each other in a channel.
   */
  static void finish(double[] y, double[] bias, int plane, Activation.Kind kind) {
    if (bias == null && kind == Activation.Kind.IDENTITY) {
      return;
    }
    for (int i = 0; i < y.length; i++) {
      double v = bias == null ? y[i] : y[i] + bias[i / plane % bias.length];
      y[i] = apply(kind, 0, v);
    }
  }
}
