package dev.cardinal.conformance;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** What an operation must compute, written from its definition in double precision, one element at a time. Outputs that no case compares may be left out at the end. */
@FunctionalInterface
public interface ClosedForm {
  /** The outputs for inputs that are float64 wherever they are floating-point. */
  List<HostTensor> apply(List<HostTensor> inputs);

  /** A float64 tensor of zeros. */
  static HostTensor zeros(Shape shape) {
    return HostTensor.zeros(new TensorType(DType.F64, shape));
  }

  /** One function of each element of the first input. */
  static ClosedForm elementwise(DoubleUnaryOperator f) {
    return in -> List.of(HostTensor.generate(in.get(0).type(), i -> f.applyAsDouble(in.get(0).get(i))));
  }

  /** One function of corresponding elements of the first two inputs. */
  static ClosedForm pairwise(DoubleBinaryOperator f) {
    return in -> List.of(HostTensor.generate(in.get(0).type(), i -> f.applyAsDouble(in.get(0).get(i), in.get(1).get(i))));
  }

  /**
   * The gradients that a backward operation must give, by central differences of the forward operation's closed form: for input i of the forward operation {@code Σ_j dy_j ∂y_j/∂x_i}. Independent
   * of any derived formula.
   *
   * @param forward the forward operation's closed form
   * @param dy the gradient of its first output
   * @param x its inputs
   * @param wrt which of its inputs to differentiate
   */
  static List<HostTensor> vectorJacobian(ClosedForm forward, HostTensor dy, List<HostTensor> x, int... wrt) {
    List<HostTensor> gradients = new ArrayList<>();
    for (int w : wrt) {
      HostTensor moved = x.get(w).copy();
      List<HostTensor> arguments = new ArrayList<>(x);
      arguments.set(w, moved);
      HostTensor g = zeros(moved.shape());
      for (int i = 0; i < moved.size(); i++) {
        int at = i;
        double centre = moved.get(i);
        g.set(i, derivative(v -> {
          moved.set(at, v);
          return dot(dy, forward.apply(arguments).get(0));
        }, centre));
        moved.set(i, centre);
      }
      gradients.add(g);
    }
    return gradients;
  }

  /** The derivative of a smooth function by the four-point central difference, whose error is of the fourth order in the step. */
  private static double derivative(DoubleUnaryOperator f, double x) {
    double h = 1e-4;
    return (8 * (f.applyAsDouble(x + h) - f.applyAsDouble(x - h)) - (f.applyAsDouble(x + 2 * h) - f.applyAsDouble(x - 2 * h))) / (12 * h);
  }

  /** The sum of the products of corresponding elements. */
  static double dot(HostTensor a, HostTensor b) {
    double s = 0;
    for (int i = 0; i < a.size(); i++) {
      s += a.get(i) * b.get(i);
    }
    return s;
  }
}
