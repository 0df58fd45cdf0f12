package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of stochastic gradient descent with momentum, as PyTorch defines it: g = scale gradient + weightDecay p; v = momentum v + g; p = p - rate (nesterov ? g + momentum v : v).
 *
 * <p>Inputs: learning rate (scalar), gradient scale (scalar), then three lists of n tensors each: parameters, gradients, velocities. Outputs: n new parameters, n new velocities,
 * in place of the old.
 *
 * <p>If the gradient scale is not finite nothing changes: so a step whose loss is not a number leaves the weights as they were.
 */
public record SgdUpdate(double momentum, double weightDecay, boolean nesterov) implements Op {
  private static final String NAMES = "rate, scale, parameters..., gradients..., velocities...";

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    int n = UpdateShapes.count(in, 2, 3, NAMES);
    List<TensorType> out = new ArrayList<>(in.subList(2, 2 + n));
    out.addAll(in.subList(2 + 2 * n, 2 + 3 * n));
    return out;
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public int overwrites(int output, int inputs) {
    int n = (inputs - 2) / 3;
    return output < n ? 2 + output : 2 + n + output;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
