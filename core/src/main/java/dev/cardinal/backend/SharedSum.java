package dev.cardinal.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How devices share the work of summing tensors that each has a summand of: laid end to end the tensors are cut into one stretch per device, each device sums its stretch over all (reduce-scatter) and then
 * takes the other stretches from those who summed them (all-gather). Every device receives and adds about as much as every other, and none more than {@code 2 (k - 1) / k} of the bytes (Patarasu and
 * Yuan, "Bandwidth optimal all-reduce algorithms", 2009).
 *
 * @param stretches the pieces of each device's stretch, by rank
 */
public record SharedSum(List<List<Piece>> stretches) {
  /**
   * Part of a tensor.
   *
   * @param tensor its number
   * @param from first element
   * @param length number of elements
   */
  public record Piece(int tensor, long from, long length) {}

  /** For tensors of these numbers of elements. */
  public static SharedSum of(long[] sizes, int devices) {
    long all = Arrays.stream(sizes).sum();
    List<List<Piece>> stretches = new ArrayList<>();
    for (int d = 0; d < devices; d++) {
      long begin = all * d / devices;
      long end = all * (d + 1) / devices;
      List<Piece> mine = new ArrayList<>();
      long at = 0;
      for (int t = 0; t < sizes.length; t++) {
        long from = Math.max(begin, at);
        long to = Math.min(end, at + sizes[t]);
        if (from < to) {
          mine.add(new Piece(t, from - at, to - from));
        }
        at += sizes[t];
      }
      stretches.add(List.copyOf(mine));
    }
    return new SharedSum(List.copyOf(stretches));
  }
}
