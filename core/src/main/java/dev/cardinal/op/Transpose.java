package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Permutes axes: axis i of the output is axis {@code permutation[i]} of the input. Input: x. Output: y. */
public record Transpose(List<Integer> permutation) implements Op {
  public Transpose {
    permutation = List.copyOf(permutation);
    List<Integer> sorted = new ArrayList<>(permutation);
    Collections.sort(sorted);
    for (int i = 0; i < sorted.size(); i++) {
      Expect.that(sorted.get(i) == i, "%s is not a permutation of axes", permutation);
    }
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Shape x = in.get(0).shape();
    Expect.that(x.rank() == permutation.size(), "permutation %s does not fit %s", permutation, x);
    return List.of(in.get(0).with(Shape.of(permutation.stream().mapToInt(x::dim).toArray())));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    Integer[] inverse = new Integer[permutation.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[permutation.get(i)] = i;
    }
    return Arrays.asList(g.emit(new Transpose(List.of(inverse)), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    List<Way> ways = new ArrayList<>();
    for (int i = 0; i < permutation.size(); i++) {
      int from = permutation.get(i);
      int n = out.get(0).shape().dim(i);
      ways.add(Way.along(this, from == 0, n, List.of(Way.Operand.along(from, n)), List.of(Way.Operand.along(i, n))));
    }
    return SplitRule.of(ways).linear(true);
  }
}
