package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gradient of reflecting or edge {@link Pad}: each element of dy is added where it was read from. Input: dy. Output: dx of shape {@code input}. */
public record PadBackward(Pad forward, Shape input) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "dy");
    TensorType x = in.get(0).with(input);
    Expect.same(forward.infer(List.of(x)).get(0), in.get(0), "dy and the padded " + input);
    return List.of(x);
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(forward, g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.along(this, in.get(0).shape(), input, a -> forward.low().get(a) == 0 && forward.high().get(a) == 0)) {
      int axis = w.outputs().get(0).axis();
      ways.add(w.locally(s -> new PadBackward(forward, input.with(axis, s.of(input.dim(axis))))));
    }
    return SplitRule.of(ways);
  }
}
