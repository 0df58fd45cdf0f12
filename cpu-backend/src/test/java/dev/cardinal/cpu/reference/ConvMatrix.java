package dev.cardinal.cpu.reference;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.tensor.Shape;

/**
 * A convolution of one sample as the dense matrix that it is (Dumoulin and Visin 2016, section 4.1): row per output element, column
 * per input element. Built from the definition, entry by entry, by asking for every pair of elements whether a tap connects them.
 */
final class ConvMatrix {
  private ConvMatrix() {}

  /** The matrix for input {@code [C, spatial…]}, output {@code [K, spatial…]} and weights {@code [K, C/groups, kernel…]}. */
  static double[][] of(ConvGeometry g, Shape x, Shape w, Shape y, double[] weights) {
    double[][] m = new double[(int) y.size()][(int) x.size()];
    int perGroupOut = y.dim(0) / g.groups();
    int perGroupIn = x.dim(0) / g.groups();
    for (int row = 0; row < m.length; row++) {
      int[] o = position(y, row);
      for (int column = 0; column < m[row].length; column++) {
        int[] i = position(x, column);
        if (o[0] / perGroupOut == i[0] / perGroupIn) {
          m[row][column] = weight(g, w, weights, o, i, i[0] % perGroupIn);
        }
      }
    }
    return m;
  }

  /** The weight that connects output o with input i, 0 if there is none: tap k with o stride + k dilation - pad = i on every axis. */
  private static double weight(ConvGeometry g, Shape w, double[] weights, int[] o, int[] i, int channel) {
    int index = o[0] * w.dim(1) + channel;
    for (int a = 0; a < g.rank(); a++) {
      int distance = i[a + 1] + g.padLow().at(a) - o[a + 1] * g.stride().at(a);
      int tap = Math.floorDiv(distance, g.dilation().at(a));
      if (Math.floorMod(distance, g.dilation().at(a)) != 0 || tap < 0 || tap >= w.dim(a + 2)) {
        return 0;
      }
      index = index * w.dim(a + 2) + tap;
    }
    return weights[index];
  }

  private static int[] position(Shape s, int index) {
    int[] p = new int[s.rank()];
    for (int a = p.length - 1; a >= 0; a--) {
      p[a] = index % s.dim(a);
      index /= s.dim(a);
    }
    return p;
  }
}
