package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Exponential moving average of weights (Polyak and Juditsky 1992): average = decay average + (1 - decay) value.
 *
 * <p>Inputs: decay (scalar), then two lists of n tensors each: averages, values. Outputs: n new averages, in place of the old.
 */
public record EmaUpdate() implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    int n = UpdateShapes.count(in, 1, 2, "decay, averages..., values...");
    return List.copyOf(in.subList(1, 1 + n));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public int overwrites(int output, int inputs) {
    return 1 + output;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
