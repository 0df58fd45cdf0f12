package dev.cardinal.op;

import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * An elementwise non-linearity. Input: x. Output: y of the same type.
 *
 * @param kind which
 * @param alpha the slope below zero of {@link Kind#LEAKY_RELU}; not used by the others
 */
public record Activation(Kind kind, double alpha) implements Op {
  /** The functions. */
  public enum Kind {
    /** x: stands for no activation where one may be fused. */
    IDENTITY,
    /** max(x, 0) (Nair and Hinton 2010). */
    RELU,
    /** min(max(x, 0), 6) (MobileNet). */
    RELU6,
    /** x above zero, alpha x below (Maas et al. 2013); alpha must be at least 0. */
    LEAKY_RELU,
    /** 1 / (1 + exp(-x)). */
    SIGMOID,
    /** Hyperbolic tangent. */
    TANH,
    /** x relu6(x + 3) / 6 (Howard et al. 2019, section 5.2). */
    HARD_SWISH;

    /** Whether the derivative can be computed from the output alone, so that the input need not be kept. */
    public boolean differentiatesFromOutput() {
      return this != HARD_SWISH;
    }

    /** Whether it lets pass what is above zero and below {@link #most}, and only limits the rest: batch normalisation does so on its way. */
    public boolean rectifies() {
      return this == RELU || this == RELU6;
    }

    /** The largest value it gives: infinity for ReLU. */
    public float most() {
      return this == RELU6 ? 6 : Float.POSITIVE_INFINITY;
    }
  }

  public Activation {
    Expect.that(kind != Kind.LEAKY_RELU || alpha >= 0, "leaky ReLU needs alpha of at least 0, got %s", alpha);
  }

  /** A function without a parameter. */
  public Activation(Kind kind) {
    this(kind, 0);
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 1, "x");
    Expect.floating(in);
    return List.of(in.get(0));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V known = kind.differentiatesFromOutput() ? g.output(0) : g.input(0);
    return Arrays.asList(g.emit(new ActivationBackward(kind, alpha), g.outputGradient(0), known));
  }

  /** The gradient in front of a fused activation: only those that differentiate from the output are ever fused. */
  static <V> V backThrough(Kind fused, Gradients<V> g) {
    V dy = g.outputGradient(0);
    return fused == Kind.IDENTITY ? dy : g.emit(new ActivationBackward(fused, 0), dy, g.output(0));
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    return SplitRule.elementwise(this, in, out);
  }
}
