package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Gradient of {@link BatchNormTraining}. Inputs: dy, x, gamma, batch mean, batch 1 / sqrt(variance + epsilon), and y when ReLU or ReLU6 was fused. Outputs: dx, dgamma,
 * dbeta, and when one was fused dz: dy where y is above 0 and, with ReLU6, below 6, else 0, which is also the gradient of the residual.
 *
 * <p>With n values per channel and normalised x̂: dbeta = Σ dz, dgamma = Σ dz x̂, dx = gamma / sqrt(variance + epsilon) (dz - dbeta / n - x̂ dgamma / n).
 */
public record BatchNormTrainingBackward(Activation.Kind activation) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    boolean rectified = activation.rectifies();
    Expect.inputs(in, rectified ? 6 : 5, "dy, x, gamma, mean, inverse deviation[, y]");
    Expect.same(in.get(0), in.get(1), "dy and x");
    TensorType c = BatchNormTraining.perChannel(in.subList(1, in.size()), 4);
    if (rectified) {
      Expect.same(in.get(0), in.get(5), "dy and y");
    }
    TensorType x = in.get(1);
    return rectified ? List.of(x, c, c, x) : List.of(x, c, c);
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.of(SplitRule.channels(this, in, out));
  }
}
