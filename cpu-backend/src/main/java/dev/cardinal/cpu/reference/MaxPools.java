package dev.cardinal.cpu.reference;

import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.MaxUnpoolBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/**
 * Max pooling, unpooling and their gradients. Indices are row-major in the unpadded plane of a channel; -1 stands for a window that
 * lies in padding alone, whose maximum is -∞.
 */
final class MaxPools {
  private static final int NOWHERE = -1;

  private MaxPools() {}

  static void pool(MaxPool op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    int[][] windows = Windows.of(op.geometry(), shape.spatial(), out[0].shape().spatial()).elements();
    int plane = (int) shape.spatialSize();
    double[] x = Values.of(in[0]);
    double[] y = new double[out[0].size()];
    int[] indices = out[1].ints();
    parallel.range(shape.dim(0) * shape.dim(1), p -> {
      for (int o = 0; o < windows.length; o++) {
        double best = Double.NEGATIVE_INFINITY;
        int index = NOWHERE;
        for (int i : windows[o]) {
          double v = x[p * plane + i];
          // The first of equals wins, and NaN over any number.
          if (index == NOWHERE || v > best || Double.isNaN(v) && !Double.isNaN(best)) {
            best = v;
            index = i;
          }
        }
        y[p * windows.length + o] = best;
        indices[p * windows.length + o] = index;
      }
    });
    Values.store(y, out[0]);
  }

  static void poolBackward(MaxPoolBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] dy = Values.of(in[0]);
    double[] dx = new double[out[0].size()];
    forEach(in[1], out[0].shape(), (i, target) -> dx[target] += dy[i]);
    Values.store(dx, out[0]);
  }

  static void unpool(MaxUnpool op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] x = Values.of(in[0]);
    double[] y = new double[out[0].size()];
    forEach(in[1], out[0].shape(), (i, target) -> y[target] = x[i]);
    Values.store(y, out[0]);
  }

  static void unpoolBackward(MaxUnpoolBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] dy = Values.of(in[0]);
    double[] dx = new double[out[0].size()];
    forEach(in[1], in[0].shape(), (i, target) -> dx[i] = dy[target]);
    Values.store(dx, out[0]);
  }

  private interface Pair {
    void accept(int element, int target);
  }

  /** For every index the position of its element, and that of the element of {@code planes} that it names. */
  private static void forEach(HostTensor indices, Shape planes, Pair body) {
    int plane = (int) planes.spatialSize();
    int perPlane = (int) indices.shape().spatialSize();
    int[] index = indices.ints();
    for (int i = 0; i < index.length; i++) {
      if (index[i] >= plane || index[i] < NOWHERE) {
        throw new IllegalArgumentException("pooling index " + index[i] + " is outside planes of " + plane + " elements (" + planes
            + "); use the indices of a max pooling of that size");
      }
      if (index[i] != NOWHERE) {
        body.accept(i, i / perPlane * plane + index[i]);
      }
    }
  }
}
