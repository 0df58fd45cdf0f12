package dev.cardinal.cuda.api;

import java.util.Arrays;

/**
 * How a pooling window is moved; padding is the same on both sides.
 *
 * @param mode what is made of a window
 * @param window its size, per spatial axis
 * @param padding on either side, per spatial axis, smaller than the window
 * @param stride step, per spatial axis
 */
public record PoolingDescriptor(Mode mode, int[] window, int[] padding, int[] stride) {
  /** What is made of a window. */
  public enum Mode {
    /** The maximum; in the backward pass the first of several equal maxima gets the gradient. */
    MAX,
    /** The mean, padding counted as zeros. */
    AVERAGE_INCLUDE_PADDING,
    /** The mean of what is not padding. */
    AVERAGE_EXCLUDE_PADDING
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof PoolingDescriptor p && mode == p.mode && Arrays.equals(window, p.window) && Arrays.equals(padding, p.padding) && Arrays.equals(stride, p.stride);
  }

  @Override
  public int hashCode() {
    return (Arrays.hashCode(window) * 31 + Arrays.hashCode(padding)) * 31 + Arrays.hashCode(stride);
  }

  @Override
  public String toString() {
    return mode + " window " + Arrays.toString(window) + ", padding " + Arrays.toString(padding) + ", stride " + Arrays.toString(stride);
  }
}
