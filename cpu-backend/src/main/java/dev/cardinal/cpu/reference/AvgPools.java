package dev.cardinal.cpu.reference;

import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdaptiveAvgPoolBackward;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.tensor.HostTensor;

/** Average pooling with fixed and with adaptive windows, and the gradients. */
final class AvgPools {
  private AvgPools() {}

  static void pool(AvgPool op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    mean(windows(op.geometry(), op.countPadding(), in[0], out[0]), in[0], out[0], parallel);
  }

  static void poolBackward(AvgPoolBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    spread(windows(op.geometry(), op.countPadding(), out[0], in[0]), in[0], out[0], parallel);
  }

  static void adaptive(AdaptiveAvgPool op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    mean(Windows.adaptive(in[0].shape().spatial(), out[0].shape().spatial()), in[0], out[0], parallel);
  }

  static void adaptiveBackward(AdaptiveAvgPoolBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    spread(Windows.adaptive(out[0].shape().spatial(), in[0].shape().spatial()), in[0], out[0], parallel);
  }

  /** Windows whose extents are the divisors. */
  private static Windows windows(PoolGeometry g, boolean countPadding, HostTensor x, HostTensor y) {
    Windows w = Windows.of(g, x.shape().spatial(), y.shape().spatial());
    return countPadding ? w : w.withoutPadding();
  }

  private static void mean(Windows windows, HostTensor in, HostTensor out, Parallel parallel) {
    int plane = (int) in.shape().spatialSize();
    int perPlane = windows.extents().length;
    double[] x = Values.of(in);
    double[] y = new double[out.size()];
    parallel.range(y.length / perPlane, p -> {
      for (int o = 0; o < perPlane; o++) {
        double sum = 0;
        for (int i : windows.elements()[o]) {
          sum += x[p * plane + i];
        }
        y[p * perPlane + o] = sum / windows.extents()[o];
      }
    });
    Values.store(y, out);
  }

  private static void spread(Windows windows, HostTensor in, HostTensor out, Parallel parallel) {
    int plane = (int) out.shape().spatialSize();
    int perPlane = windows.extents().length;
    double[] dy = Values.of(in);
    double[] dx = new double[out.size()];
    parallel.range(dy.length / perPlane, p -> {
      for (int o = 0; o < perPlane; o++) {
        double share = dy[p * perPlane + o] / windows.extents()[o];
        for (int i : windows.elements()[o]) {
          dx[p * plane + i] += share;
        }
      }
    });
    Values.store(dx, out);
  }
}
