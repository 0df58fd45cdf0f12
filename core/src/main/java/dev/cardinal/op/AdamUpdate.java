package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) or AdamW (Loshchilov and Hutter 2019, algorithm 2). With g = scale gradient (+ weightDecay p if not decoupled): m = beta1 m + (1 - beta1) g;
 * v = beta2 v + (1 - beta2) g²; p = p (1 - rate weightDecay, if decoupled) - rate m̂ / (√v̂ + epsilon), with m̂ = m / (1 - beta1^t), v̂ = v / (1 - beta2^t), t = step + 1.
 *
 * <p>Inputs: learning rate (scalar), gradient scale (scalar), step (int64 {@code [1]}, updates done before), then four lists of n tensors each: parameters, gradients, first moments, second
 * moments. Outputs: n new parameters, n first moments, n second moments, in place of the old.
 *
 * <p>If the gradient scale is not finite nothing changes: so a step whose loss is not a number leaves the weights as they were.
 *
 * @param decoupled whether weight decay acts on the parameters directly (AdamW)
 */
public record AdamUpdate(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled) implements Op {
  private static final String NAMES = "rate, scale, step, parameters..., gradients..., first moments..., second moments...";

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    int n = UpdateShapes.count(in, 3, 4, NAMES);
    Expect.dtype(in.get(2), DType.I64, "the step");
    List<TensorType> out = new ArrayList<>(in.subList(3, 3 + n));
    out.addAll(in.subList(3 + 2 * n, 3 + 4 * n));
    return out;
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public int overwrites(int output, int inputs) {
    int n = (inputs - 3) / 4;
    return output < n ? 3 + output : 3 + n + output;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
