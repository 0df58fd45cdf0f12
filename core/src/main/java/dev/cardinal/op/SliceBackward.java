package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gradient of {@link Slice}: dy back in its places, zeros elsewhere. Input: dy. Output: dx of shape {@code input}. */
public record SliceBackward(Slice forward, Shape input) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "dy");
    TensorType x = in.get(0).with(input);
    Expect.same(forward.infer(List.of(x)).get(0), in.get(0), "dy and the slice of " + input);
    return List.of(x);
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(forward, g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    List<Way> ways = new ArrayList<>();
    for (Way w : SplitRule.along(this, in.get(0).shape(), input, a -> true)) {
      int axis = w.outputs().get(0).axis();
      ways.add(w.locally(s -> new SliceBackward(forward.along(axis, 0, s.of(w.units())), input.with(axis, s.of(w.units())))));
    }
    return SplitRule.of(ways);
  }
}
