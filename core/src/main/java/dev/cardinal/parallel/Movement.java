package dev.cardinal.parallel;

import dev.cardinal.tensor.TensorType;

/**
 * A collective in a divided graph.
 *
 * @param layer for which it moves, by its path; with {@code ~} before it in the gradients' part
 * @param op the collective's name
 * @param type of the tensor that changes its layout
 * @param bytes by sender and receiver, of one run
 * @param ofParameters whether it adds up a parameter's gradient, for which only the optimiser waits
 */
public record Movement(String layer, String op, TensorType type, long[][] bytes, boolean ofParameters) {
  /** Whether it belongs to the forward part. */
  public boolean forward() {
    return !layer.startsWith("~") && !layer.equals("optimizer");
  }

  /** Bytes that a device receives. */
  public long received(int device) {
    long sum = 0;
    for (long[] row : bytes) {
      sum += row[device];
    }
    return sum;
  }
}
