package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Batch normalisation with given statistics: y = activation((x - mean) / sqrt(variance + epsilon) gamma + beta + residual).
 *
 * <p>Inputs: x {@code [N, C, spatial…]}, gamma, beta, mean, variance, each {@code [C]}, optionally a residual of the type of x. Output: y. The statistics get no
 * gradient.
 */
public record BatchNormInference(double epsilon, Activation.Kind activation) implements Op {
  public BatchNormInference {
    Expect.that(epsilon >= 0, "epsilon must be at least 0, got %s", epsilon);
    BatchNormTraining.expectFusable(activation);
  }

  /** Without a fused activation. */
  public BatchNormInference(double epsilon) {
    this(epsilon, Activation.Kind.IDENTITY);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 5, 6, "x, gamma, beta, mean, variance[, residual]");
    BatchNormTraining.perChannel(in, 5);
    if (in.size() == 6) {
      Expect.same(in.get(0), in.get(5), "x and residual");
    }
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V dz = Activation.backThrough(activation, g);
    List<V> d = g.emitAll(new BatchNormInferenceBackward(epsilon), List.of(dz, g.input(0), g.input(1), g.input(3), g.input(4)));
    if (g.inputs() == 5) {
      return Arrays.asList(d.get(0), d.get(1), d.get(2), null, null);
    }
    return Arrays.asList(d.get(0), d.get(1), d.get(2), null, null, dz);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(0, 2L * in.get(1).shape().size(), in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.maps(this, in, out);
  }
}
