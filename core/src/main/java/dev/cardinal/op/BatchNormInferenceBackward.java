package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Gradient of {@link BatchNormInference}. Inputs: dy, x, gamma, mean, variance. Outputs: dx = dy gamma / sqrt(variance + epsilon), dgamma = Σ dy x̂, dbeta = Σ dy.
 */
public record BatchNormInferenceBackward(double epsilon) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 5, "dy, x, gamma, mean, variance");
    Expect.same(in.get(0), in.get(1), "dy and x");
    TensorType c = BatchNormTraining.perChannel(in.subList(1, 5), 4);
    return List.of(in.get(1), c, c);
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
