package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3): y = x / (k + alpha / size Σ x²)^beta, the sum over the channels from
 * {@code c - (size - 1) / 2} to {@code c + size / 2} that lie in the same group. Input: x {@code [N, C, spatial…]}. Output: y.
 *
 * @param size window in channels; alpha is divided by it, as in ONNX, PyTorch and cuDNN (the paper's alpha is alpha / size)
 * @param groups channel groups whose windows do not see each other: AlexNet's response normalisation sees its own GPU's channels only
 */
public record Lrn(int size, double alpha, double beta, double k, int groups) implements Op {
  public Lrn {
    Expect.that(size >= 1, "LRN size must be at least 1, got %d", size);
    Expect.that(groups >= 1, "LRN groups must be at least 1, got %d", groups);
    Expect.that(k > 0 && alpha >= 0, "LRN needs k above 0 and alpha of at least 0, got k %s and alpha %s", k, alpha);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    Expect.channels(in.get(0), "x");
    int c = in.get(0).shape().dim(1);
    Expect.that(c % groups == 0, "expected channels divisible by groups %d, got %d; set groups to a divisor of %d", groups, c, c);
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    return Arrays.asList(g.emit(new LrnBackward(this), g.outputGradient(0), g.input(0)));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return rule(this, in, out, s -> locally(s));
  }

  /** The same response normalisation on a share of the groups. */
  Lrn locally(Way.Share s) {
    return new Lrn(size, alpha, beta, k, s.count(groups));
  }

  SplitRule rule(Op op, List<TensorType> in, List<TensorType> out, Way.Local local) {
    Way.Operand cut = Way.Operand.along(1, groups);
    List<Way.Operand> all = java.util.Collections.nCopies(in.size(), cut);
    return SplitRule.of(Way.along(op, false, groups, all, List.of(cut)).locally(local).repeatably(), SplitRule.samples(op, in, out));
  }
}
