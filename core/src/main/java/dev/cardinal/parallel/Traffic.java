package dev.cardinal.parallel;

import dev.cardinal.op.Layout;
import dev.cardinal.tensor.TensorType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How many bytes go from which device to which when a tensor changes its layout. */
final class Traffic {
  private Traffic() {}

  /** Bytes by sender and receiver. An all-reduce counts as its two halves, each device summing one k-th and then giving it to all (Patarasu and Yuan 2009). */
  static long[][] between(TensorType type, Layout from, Layout to) {
    int k = from.devices();
    long[][] bytes = new long[k][k];
    if (from.isWhole() || type.bytes() == 0) {
      return bytes;
    }
    boolean allReduce = from.isSum() && from.isUndivided() && to.isWhole();
    for (int e = 0; e < k; e++) {
      for (int r = 0; r < k; r++) {
        if (e != r) {
          bytes[e][r] = allReduce ? 2 * ((type.bytes() + k - 1) / k) : from.axis() >= 0 && to.axis() >= 0 && from.axis() != to.axis() ? crossing(type, from, to, e, r) : 0;
        }
      }
    }
    if (!allReduce && (from.axis() < 0 || to.axis() < 0 || from.axis() == to.axis())) {
      alongOneAxis(type, from, to, bytes);
    }
    return bytes;
  }

  private static long crossing(TensorType type, Layout from, Layout to, int e, int r) {
    return type.bytes() / type.shape().dim(from.axis()) * from.part(e).length / type.shape().dim(to.axis()) * to.part(r).length;
  }

  private static void alongOneAxis(TensorType type, Layout from, Layout to, long[][] bytes) {
    int k = from.devices();
    int axis = to.axis() >= 0 ? to.axis() : from.axis();
    int size = type.shape().dim(axis);
    long each = type.bytes() / size;
    Map<Integer, Set<Integer>> owners = new HashMap<>();
    for (int e = 0; e < k; e++) {
      for (int i = 0; i < from.held(e, size); i++) {
        owners.computeIfAbsent(from.axis() < 0 ? i : from.part(e)[i], x -> new HashSet<>()).add(e);
      }
    }
    for (int r = 0; r < k; r++) {
      for (int i = 0; i < to.held(r, size); i++) {
        Set<Integer> have = owners.get(to.axis() < 0 ? i : to.part(r)[i]);
        if (from.isSum()) {
          for (int e : have) {
            bytes[e][r] += e == r ? 0 : each;
          }
        } else if (!have.contains(r)) {
          bytes[have.iterator().next()][r] += each;
        }
      }
    }
  }

  /** The most bytes that one device receives. */
  static long received(TensorType type, Layout from, Layout to) {
    long[][] b = between(type, from, to);
    long most = 0;
    for (int r = 0; r < b.length; r++) {
      long sum = 0;
      for (long[] row : b) {
        sum += row[r];
      }
      most = Math.max(most, sum);
    }
    return most;
  }
}
