package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Batch normalisation with the batch's own statistics (Ioffe and Szegedy 2015, algorithm 1), optionally with a residual added and a ReLU or ReLU6 applied.
 *
 * <p>Inputs: x {@code [N, C, spatial…]}, gamma {@code [C]}, beta {@code [C]}, running mean {@code [C]}, running variance {@code [C]}, optionally a residual of
 * the type of x. Outputs: y = activation((x - mean) / sqrt(variance + epsilon) gamma + beta + residual); the new running mean and variance,
 * {@code (1 - momentum) old + momentum batch}, with the unbiased variance as in PyTorch; the batch mean; the batch's 1 / sqrt(variance + epsilon).
 *
 * @param epsilon added to the (biased) variance
 * @param momentum weight of the batch in the running statistics
 * @param activation IDENTITY, RELU or RELU6, applied last
 */
public record BatchNormTraining(double epsilon, double momentum, Activation.Kind activation) implements Op {
  public BatchNormTraining {
    Expect.that(epsilon > 0, "epsilon must be above 0, got %s", epsilon);
    Expect.that(momentum >= 0 && momentum <= 1, "momentum must be between 0 and 1, got %s", momentum);
    expectFusable(activation);
  }

  /** Without a fused activation. */
  public BatchNormTraining(double epsilon, double momentum) {
    this(epsilon, momentum, Activation.Kind.IDENTITY);
  }

  static void expectFusable(Activation.Kind activation) {
    Expect.that(activation == Activation.Kind.IDENTITY || activation.rectifies(), "batch normalisation fuses ReLU and ReLU6 only, got %s", activation);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 5, 6, "x, gamma, beta, running mean, running variance[, residual]");
    TensorType c = perChannel(in, 5);
    TensorType x = in.get(0);
    if (in.size() == 6) {
      Expect.same(x, in.get(5), "x and residual");
    }
    Expect.that(x.shape().size() / x.shape().dim(1) > 1,
        "batch normalisation needs more than one value per channel when training, got %s; use a larger batch or switch to eval mode", x.shape());
    return List.of(x, c, c, c, c);
  }

  /** Checks x and the following per-channel inputs up to {@code count}; returns the per-channel type. */
  static TensorType perChannel(List<TensorType> in, int count) {
    Expect.floating(in);
    TensorType x = in.get(0);
    Expect.channels(x, "x");
    Expect.that(x.shape().size() > 0, "batch normalisation needs a non-empty input, got %s", x.shape());
    TensorType c = x.with(Shape.of(x.shape().dim(1)));
    for (int i = 1; i < count; i++) {
      Expect.that(in.get(i).equals(c), "expected per-channel values of type %s (x has %d channels), got %s; set features = %d", c, x.shape().dim(1), in.get(i),
          x.shape().dim(1));
    }
    return c;
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    List<V> in = new ArrayList<>(List.of(g.outputGradient(0), g.input(0), g.input(1), g.output(3), g.output(4)));
    boolean rectified = activation.rectifies();
    if (rectified) {
      in.add(g.output(0));
    }
    List<V> d = g.emitAll(new BatchNormTrainingBackward(activation), in);
    if (g.inputs() == 5) {
      return Arrays.asList(d.get(0), d.get(1), d.get(2), null, null);
    }
    return Arrays.asList(d.get(0), d.get(1), d.get(2), null, null, rectified ? d.get(3) : g.outputGradient(0));
  }

  /** New running statistics may overwrite the old. */
  @Override
  public int overwrites(int output, int inputs) {
    return output == 1 ? 3 : output == 2 ? 4 : -1;
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(0, 2L * in.get(1).shape().size(), in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.of(SplitRule.channels(this, in, out));
  }
}
