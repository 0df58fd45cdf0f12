package dev.cardinal.parallel;

import dev.cardinal.op.Layout;
import dev.cardinal.op.Op;
import java.util.List;
import java.util.function.IntFunction;

/**
 * One way of placing a node.
 *
 * @param inputs layout that each input must have
 * @param outputs layout that each output gets
 * @param local the operation of each device, or null if the devices' values become the outputs as they are
 * @param lateBias the input that is added when the outputs have been summed, or -1
 */
record Candidate(List<Layout> inputs, List<Layout> outputs, IntFunction<Op> local, int lateBias) {
  /** The node as it is, on every device. */
  static Candidate whole(Op op, int devices, int inputs, int outputs) {
    Layout w = Layout.whole(devices);
    return new Candidate(java.util.Collections.nCopies(inputs, w), java.util.Collections.nCopies(outputs, w), d -> op, -1);
  }

  /** Whether every device does all of it. */
  boolean isWhole() {
    return outputs.stream().allMatch(Layout::isWhole);
  }
}
