package dev.cardinal.io.onnx;

import dev.cardinal.tensor.Shape;
import java.util.Arrays;

/** How models of opset 6 say that the second input of a sum or product is spread over the first: by attributes (operators' specification, Add-6). */
final class OldBroadcast {
  private static final int SINCE = 7;

  private OldBroadcast() {}

  /** Sizes of the second input with which today's rules spread it in the same way. */
  static int[] second(NodeImport n) {
    Shape a = n.shape(0);
    Shape b = n.shape(1);
    if (n.opset() >= SINCE) {
      return b.dims();
    }
    boolean spread = n.attributes().flag("broadcast", false);
    int axis = n.attributes().integer("axis", Math.max(0, a.rank() - b.rank()));
    if (axis < 0 || axis + b.rank() > a.rank() || !spread && !a.equals(b)) {
      throw n.broken("has inputs " + a + " and " + b + " with broadcast " + (spread ? "from axis " + axis : "0"));
    }
    int[] dims = Arrays.copyOf(b.dims(), a.rank() - axis);
    Arrays.fill(dims, b.rank(), dims.length, 1);
    return dims;
  }

  /** Whether a node of such a model is in its form for training, which {@code is_test} switches off. */
  static boolean trains(NodeImport n) {
    return n.opset() < SINCE && !n.attributes().flag("is_test", false);
  }

  /** The same shape, for an input of Gemm that is not said to be spread. */
  static void requireWhole(NodeImport n, int input, Shape whole) {
    if (n.opset() < SINCE && !n.attributes().flag("broadcast", false) && !n.shape(input).equals(whole)) {
      throw n.broken("has C of shape " + n.shape(input) + " for a product of shape " + whole + " with broadcast 0");
    }
  }
}
