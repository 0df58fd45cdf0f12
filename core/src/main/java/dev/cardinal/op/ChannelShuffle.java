package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Channel shuffle (ShuffleNet, Zhang et al. 2018, section 3.1): with C = groups n, output channel {@code j groups + i} is input channel {@code i n + j}; the transpose of a
 * groups × n matrix of channels. Input: x {@code [N, C, …]}. Output: y. The gradient is the shuffle with C / groups groups.
 */
public record ChannelShuffle(int groups) implements Op {
  public ChannelShuffle {
    Expect.that(groups >= 1, "groups must be at least 1, got %d", groups);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.channels(in.get(0), "x");
    int c = in.get(0).shape().dim(1);
    Expect.that(c % groups == 0, "expected channels divisible by groups %d, got %d; set groups to a divisor of %d", groups, c, c);
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new ChannelShuffle(g.shape(0).dim(1) / groups), g.outputGradient(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.of(SplitRule.samples(this, in, out));
  }
}
