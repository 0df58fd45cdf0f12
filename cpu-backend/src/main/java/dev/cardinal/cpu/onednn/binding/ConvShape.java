package dev.cardinal.cpu.onednn.binding;

/**
 * How a convolution moves, in oneDNN's terms: one entry per spatial axis.
 *
 * @param dilation elements between kernel taps: 0 for a dense kernel
 * @param padLow zeros before
 * @param padHigh zeros after
 * @param reduced whether operands may be rounded to bfloat16
 * @param trial whether the primitive is made to be timed only: it then brings its scratch memory along
 */
public record ConvShape(long[] stride, long[] dilation, long[] padLow, long[] padHigh, boolean reduced, boolean trial) {
  /** The same for timing. */
  public ConvShape asTrial() {
    return new ConvShape(stride, dilation, padLow, padHigh, reduced, true);
  }
}
