package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Adds one to the last element of an int64 vector: moves a random state {key, step} or a step counter to the next step. Input: state. Output: the new state. */
public record AdvanceCounter() implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "state");
    Expect.dtype(in.get(0), DType.I64, "a counter");
    Expect.that(in.get(0).shape().rank() == 1 && in.get(0).shape().size() > 0, "a counter is a non-empty vector, got %s", in.get(0));
    return List.of(in.get(0));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public int overwrites(int output, int inputs) {
    return 0;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
