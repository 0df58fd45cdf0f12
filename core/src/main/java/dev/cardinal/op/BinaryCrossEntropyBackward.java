package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Gradient of {@link BinaryCrossEntropy}. Inputs: the loss's gradient (a scalar), logits, targets. Output: (sigmoid(x) - t) dloss / n. */
public record BinaryCrossEntropyBackward() implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 3, "dloss, logits, targets");
    Expect.shape(in.get(0), Shape.scalar(), "dloss");
    new BinaryCrossEntropy().infer(in.subList(1, 3));
    return List.of(in.get(1));
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
