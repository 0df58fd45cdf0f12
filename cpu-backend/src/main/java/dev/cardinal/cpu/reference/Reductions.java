package dev.cardinal.cpu.reference;

import dev.cardinal.op.Reduce;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** {@link Reduce}. */
final class Reductions {
  private Reductions() {}

  static void reduce(Reduce op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    double[] x = Values.of(in[0]);
    double[] y = new double[out[0].size()];
    int[] target = Strided.indices(shape, 0, targetStrides(op, shape));
    for (int i = 0; i < x.length; i++) {
      y[target[i]] += x[i];
    }
    if (op.kind() == Reduce.Kind.MEAN) {
      double count = (double) x.length / y.length;
      for (int i = 0; i < y.length; i++) {
        y[i] /= count;
      }
    }
    Values.store(y, out[0]);
  }

  /** How far a step along each axis of the input moves in the output: not at all along a reduced one. */
  private static long[] targetStrides(Reduce op, Shape in) {
    long[] strides = new long[in.rank()];
    long step = 1;
    for (int a = in.rank() - 1; a >= 0; a--) {
      if (!op.axes().contains(a)) {
        strides[a] = step;
        step *= in.dim(a);
      }
    }
    return strides;
  }
}
