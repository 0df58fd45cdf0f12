package dev.cardinal.nn;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Linear;
import dev.cardinal.tensor.TensorType;

/** A fully connected (linear) layer. Input {@code [N, in]}, output {@code [N, out]}. Parameters: {@code weight [out, in]}, {@code bias [out]}. */
public final class FullyConnected extends Module {
  private final TensorType weightType;
  private final TensorType biasType;
  private boolean bias = true;

  FullyConnected(int in, int out) {
    require(in > 0 && out > 0, "features must be positive, got %d to %d", in, out);
    weightType = TensorType.f32(out, in);
    biasType = TensorType.f32(out);
    init(Initializer.inverseSquareRoot(), Initializer.inverseSquareRoot(in));
  }

  /** How weights and bias begin; PyTorch's uniform 1/√in if not said. */
  public FullyConnected init(Initializer weights, Initializer biases) {
    parameter("weight", new Parameter(weightType, weights, Parameter.Role.WEIGHT));
    if (bias) {
      parameter("bias", new Parameter(biasType, biases, Parameter.Role.BIAS));
    }
    return this;
  }

  /** Without a bias. */
  public FullyConnected noBias() {
    bias = false;
    withoutParameter("bias");
    return this;
  }

  @Override
  protected Value build(Trace t, Value x) {
    Value w = t.variable("weight", weightType);
    return bias ? t.add(new Linear(), x, w, t.variable("bias", biasType)) : t.add(new Linear(), x, w);
  }
}
