package dev.cardinal.op;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Softmax cross-entropy with integer labels, averaged over the labels that count. Inputs: logits {@code [N, C]} or, per pixel, {@code [N, C, spatial…]}; labels, int32
 * {@code [N]} or {@code [N, spatial…]}. Output: the scalar loss; 0 if no label counts.
 *
 * <p>With smoothing e (Szegedy et al. 2016, section 7) the target is {@code (1 - e) one-hot + e / C}.
 *
 * @param smoothing in [0, 1)
 * @param ignoreLabel label that does not count. Any other label outside 0 to C-1 gives NaN, so that it is noticed
 */
public record CrossEntropy(double smoothing, int ignoreLabel) implements Op {
  public CrossEntropy {
    Expect.that(smoothing >= 0 && smoothing < 1, "label smoothing must be at least 0 and below 1, got %s", smoothing);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "logits, labels");
    Expect.floating(in.subList(0, 1));
    Expect.dtype(in.get(1), DType.I32, "labels");
    Shape x = in.get(0).shape();
    Expect.channels(in.get(0), "logits");
    int[] expected = new int[x.rank() - 1];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = x.dim(i == 0 ? 0 : i + 1);
    }
    Expect.shape(in.get(1), Shape.of(expected), "labels of logits " + x);
    return List.of(in.get(0).with(Shape.scalar()));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new CrossEntropyBackward(smoothing, ignoreLabel), g.outputGradient(0), g.input(0), g.input(1)), null);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.whole();
  }
}
