package dev.cardinal.cuda.api;

import java.util.Arrays;

/**
 * How a kernel is moved, as cuDNN knows it: padding is the same on both sides, and a filter is not flipped (cross-correlation). Sums are float32.
 *
 * @param padding zeros on either side, per spatial axis; 2 or 3 axes
 * @param stride step, per spatial axis
 * @param dilation distance between taps, per spatial axis
 * @param groups channel groups
 * @param math how float32 products may be computed
 */
public record ConvolutionDescriptor(int[] padding, int[] stride, int[] dilation, int groups, MathMode math) {
  @Override
  public boolean equals(Object o) {
    return o instanceof ConvolutionDescriptor c && groups == c.groups && math == c.math && Arrays.equals(padding, c.padding) && Arrays.equals(stride, c.stride)
        && Arrays.equals(dilation, c.dilation);
  }

  @Override
  public int hashCode() {
    return ((Arrays.hashCode(padding) * 31 + Arrays.hashCode(stride)) * 31 + Arrays.hashCode(dilation)) * 31 + groups;
  }

  @Override
  public String toString() {
    return "padding " + Arrays.toString(padding) + ", stride " + Arrays.toString(stride) + ", dilation " + Arrays.toString(dilation) + ", groups " + groups + ", " + math;
  }
}
