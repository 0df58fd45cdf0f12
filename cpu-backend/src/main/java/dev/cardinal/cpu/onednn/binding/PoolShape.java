package dev.cardinal.cpu.onednn.binding;

/**
 * How a pooling window moves, in oneDNN's terms: one entry per spatial axis.
 *
 * @param dilation elements between window elements: 0 for a dense window
 */
public record PoolShape(Kind kind, long[] stride, long[] kernel, long[] dilation, long[] padLow, long[] padHigh) {
  /** What is computed of a window. */
  public enum Kind {
    MAX,
    /** Padding counts in the divisor. */
    AVERAGE_WITH_PADDING,
    /** Padding does not count. */
    AVERAGE_WITHOUT_PADDING
  }
}
