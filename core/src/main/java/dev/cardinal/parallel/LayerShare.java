package dev.cardinal.parallel;

import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Layout;
import dev.cardinal.tensor.Shape;

/**
 * A layer with weights and what of it each device does.
 *
 * @param layer its path
 * @param op the operation's name
 * @param output shape of the undivided output
 * @param kernels output channels (features) that each device ends with; all of them where samples are divided
 * @param macs multiply-adds of one forward run on each device
 * @param params weights and biases on each device
 * @param way how it is divided, in words
 */
public record LayerShare(String layer, String op, Shape output, int[] kernels, long[] macs, long[] params, String way) {
  static LayerShare of(Node n, Layout weights, Layout output, Value[] computed) {
    int k = weights.devices();
    int[] kernels = new int[k];
    long[] macs = new long[k];
    long[] params = new long[k];
    for (int d = 0; d < k; d++) {
      int all = n.output(0).type().shape().dim(1);
      kernels[d] = output.axis() == 1 ? output.part(d).length : all;
      macs[d] = computed[d].node().cost().macs();
      params[d] = weights.local(n.input(1).type(), d).shape().size() + (n.inputs().size() < 3 ? 0 : weights.isWhole() ? all : kernels[d]);
    }
    return new LayerShare(n.name(), n.op().opName(), n.output(0).type().shape(), kernels, macs, params, words(weights, output, n));
  }

  private static String words(Layout weights, Layout output, Node n) {
    if (weights.isWhole()) {
      return output.axis() == 0 ? "samples divided" : weights.devices() == 1 ? "one device" : "whole on every device: " + n.output(0).type().shape().dim(1) + " outputs do not divide over " + weights.devices();
    }
    boolean inner = n.op() instanceof dev.cardinal.op.ConvBackwardData ? weights.axis() == 0 && output.axis() < 0 : weights.axis() == 1;
    return inner ? "inputs divided, outputs summed" : "outputs divided";
  }
}
