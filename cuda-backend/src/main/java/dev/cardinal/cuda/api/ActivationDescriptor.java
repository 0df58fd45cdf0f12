package dev.cardinal.cuda.api;

/**
 * An element-wise function. NaN stays NaN.
 *
 * @param mode which
 * @param coefficient the bound of {@code CLIPPED_RELU}; not used by the others
 */
public record ActivationDescriptor(Mode mode, double coefficient) {
  /** The functions. */
  public enum Mode {
    /** {@code max(x, 0)}. */
    RELU,
    /** {@code min(max(x, 0), coefficient)}. */
    CLIPPED_RELU,
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID,
    /** {@code tanh(x)}. */
    TANH
  }
}
