package dev.cardinal.cuda.api;

import dev.cardinal.tensor.DType;
import java.util.Arrays;

/**
 * Weights as cuDNN sees them.
 *
 * @param dtype element type
 * @param channelsLast whether they lie as {@code [Cout, kernel…, Cin/groups]} (KRSC) instead of {@code [Cout, Cin/groups, kernel…]} (KCRS)
 * @param dims sizes {@code [Cout, Cin/groups, kernel…]}, in that order whichever way they lie
 */
public record FilterDescriptor(DType dtype, boolean channelsLast, int[] dims) {
  /** Size in memory. */
  public long bytes() {
    long n = dtype.bytes();
    for (int d : dims) {
      n *= d;
    }
    return n;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof FilterDescriptor f && dtype == f.dtype && channelsLast == f.channelsLast && Arrays.equals(dims, f.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims) * 31 + (channelsLast ? 1 : 0);
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(dims) + (channelsLast ? " KRSC" : " KCRS");
  }
}
