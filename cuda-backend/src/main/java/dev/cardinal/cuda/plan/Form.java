package dev.cardinal.cuda.plan;

import dev.cardinal.tensor.DType;

/**
 * How a value lies in device memory.
 *
 * @param order of its elements
 * @param storage type of its elements there: the value's own, or sixteen bits for float32
 */
public record Form(Order order, DType storage) {
  /** Row by row. */
  public static Form rows(DType storage) {
    return new Form(Order.ROWS, storage);
  }
}
