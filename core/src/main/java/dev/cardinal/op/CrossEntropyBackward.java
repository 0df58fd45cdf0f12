package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/**
 * Gradient of {@link CrossEntropy}. Inputs: the loss's gradient (a scalar), logits, labels. Output: the logits' gradient, (softmax - target) dloss / count, 0 where ignored.
 */
public record CrossEntropyBackward(double smoothing, int ignoreLabel) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 3, "dloss, logits, labels");
    Expect.shape(in.get(0), Shape.scalar(), "dloss");
    new CrossEntropy(smoothing, ignoreLabel).infer(in.subList(1, 3));
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
