package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Gradient of {@link Lrn}. Inputs: dy, x. Output: dx. With s = k + alpha / size Σ x²: dx_i = dy_i s_i^-beta - 2 alpha beta / size x_i Σ_j dy_j x_j s_j^(-beta-1),
 * the sum over the outputs j whose window holds i.
 */
public record LrnBackward(Lrn forward) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "dy, x");
    Expect.same(in.get(0), in.get(1), "dy and x");
    return forward.infer(in.subList(1, 2));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return forward.rule(this, in, out, s -> new LrnBackward(forward.locally(s)));
  }
}
