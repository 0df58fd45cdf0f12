package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Binary cross-entropy on logits, averaged over all elements: mean(max(x, 0) - x t + ln(1 + e^-|x|)), which does not overflow. Inputs: logits x, targets t in [0, 1], of one
 * type. Output: the scalar loss. Targets get no gradient.
 */
public record BinaryCrossEntropy() implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "logits, targets");
    Expect.floating(in);
    Expect.same(in.get(0), in.get(1), "logits and targets");
    Expect.that(in.get(0).shape().size() > 0, "the mean over an empty tensor %s is not defined", in.get(0));
    return List.of(in.get(0).with(Shape.scalar()));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new BinaryCrossEntropyBackward(), g.outputGradient(0), g.input(0), g.input(1)), null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
