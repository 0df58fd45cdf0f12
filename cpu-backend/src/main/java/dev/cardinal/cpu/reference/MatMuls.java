package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Runs.Run;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link MatMul} and {@link Linear}: a row of the product is the sum of the rows of the right matrix, each times an element of the
 * left one's row.
 */
final class MatMuls {
  private MatMuls() {}

  static void matMul(MatMul op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] a = op.transposeA() ? transposed(in[0]) : Values.of(in[0]);
    double[] b = op.transposeB() ? transposed(in[1]) : Values.of(in[1]);
    Values.store(product(a, b, out[0].shape().dim(0), out[0].shape().dim(1), parallel), out[0]);
  }

  static void linear(Linear op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] y = product(Values.of(in[0]), transposed(in[1]), out[0].shape().dim(0), out[0].shape().dim(1), parallel);
    Activations.finish(y, in.length == 3 ? Values.of(in[2]) : null, 1, op.activation());
    Values.store(y, out[0]);
  }

  private static double[] product(double[] a, double[] b, int rows, int columns, Parallel parallel) {
    double[] c = new double[rows * columns];
    if (c.length == 0) {
      return c;
    }
    int inner = a.length / rows;
    List<Run> terms = new ArrayList<>(inner);
    for (int k = 0; k < inner; k++) {
      terms.add(new Run(b, k * columns));
    }
    int tiles = (columns + Runs.TILE - 1) / Runs.TILE;
    parallel.range(rows * tiles, item -> {
      int row = item / tiles;
      int at = item % tiles * Runs.TILE;
      Runs.addScaled(c, row * columns + at, Math.min(Runs.TILE, columns - at), terms, at, a, row * inner);
    });
    return c;
  }

  private static double[] transposed(HostTensor m) {
    double[] v = Values.of(m);
    int rows = m.shape().dim(0);
    int columns = m.shape().dim(1);
    double[] t = new double[v.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        t[c * rows + r] = v[r * columns + c];
      }
    }
    return t;
  }
}
