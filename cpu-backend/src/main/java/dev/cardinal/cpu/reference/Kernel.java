package dev.cardinal.cpu.reference;

import dev.cardinal.op.Op;
import dev.cardinal.tensor.HostTensor;

/**
 * The meaning of one operation: a pure function from input to output tensors. Types have been checked by the operation's shape rule.
 *
 * @param <O> the operation
 */
@FunctionalInterface
interface Kernel<O extends Op> {
  /**
   * Computes the outputs.
   *
   * @param in the operation's inputs, only to be read
   * @param out tensors of the operation's output types, filled with zeros
   */
  void run(O op, HostTensor[] in, HostTensor[] out, Parallel parallel);
}
