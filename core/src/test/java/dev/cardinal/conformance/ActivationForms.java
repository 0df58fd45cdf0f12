package dev.cardinal.conformance;

import dev.cardinal.op.Activation;
import java.util.function.DoubleUnaryOperator;

/** The non-linearities and their derivatives, from their definitions. */
final class ActivationForms {
  private ActivationForms() {}

  static DoubleUnaryOperator function(Activation.Kind kind, double alpha) {
    return switch (kind) {
      case IDENTITY -> x -> x;
      case RELU -> x -> x > 0 ? x : 0;
      case RELU6 -> x -> Math.min(Math.max(x, 0), 6);
      case LEAKY_RELU -> x -> x > 0 ? x : alpha * x;
      case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
      case TANH -> Math::tanh;
      case HARD_SWISH -> x -> x * Math.min(Math.max(x + 3, 0), 6) / 6;
    };
  }

  /** The derivative from the output or, for those that need it, the input. */
  static DoubleUnaryOperator derivative(Activation.Kind kind, double alpha) {
    return switch (kind) {
      case IDENTITY -> v -> 1;
      case RELU -> y -> y > 0 ? 1 : 0;
      case RELU6 -> y -> y > 0 && y < 6 ? 1 : 0;
      case LEAKY_RELU -> y -> y > 0 ? 1 : alpha;
      case SIGMOID -> y -> y * (1 - y);
      case TANH -> y -> (1 - y) * (1 + y);
      case HARD_SWISH -> x -> x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
    };
  }
}
