package dev.cardinal.cpu.reference;

import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** {@link Resize} and {@link ResizeBackward}: an output is a weighted mean of the (up to two) neighbours on each axis. */
final class Resizes {
  private Resizes() {}

  /** An element of a plane with its weight in an output. */
  private record Share(int index, double weight) {}

  static void forward(Resize op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    List<List<Share>> shares = shares(op, in[0].shape().spatial());
    int plane = (int) in[0].shape().spatialSize();
    double[] x = Values.of(in[0]);
    double[] y = new double[out[0].size()];
    parallel.range(y.length / shares.size(), p -> {
      for (int o = 0; o < shares.size(); o++) {
        double sum = 0;
        for (Share s : shares.get(o)) {
          sum += s.weight * x[p * plane + s.index];
        }
        y[p * shares.size() + o] = sum;
      }
    });
    Values.store(y, out[0]);
  }

  static void backward(ResizeBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    List<List<Share>> shares = shares(op.forward(), op.input().toArray());
    int plane = (int) out[0].shape().spatialSize();
    double[] dy = Values.of(in[0]);
    double[] dx = new double[out[0].size()];
    parallel.range(dy.length / shares.size(), p -> {
      for (int o = 0; o < shares.size(); o++) {
        for (Share s : shares.get(o)) {
          dx[p * plane + s.index] += s.weight * dy[p * shares.size() + o];
        }
      }
    });
    Values.store(dx, out[0]);
  }

  /** For every output of a plane what it reads. */
  private static List<List<Share>> shares(Resize op, int[] in) {
    int[] out = op.size().toArray();
    long[] strides = Shape.of(out).strides();
    List<List<Share>> shares = new ArrayList<>();
    for (int o = 0; o < op.size().product(); o++) {
      List<Share> box = List.of(new Share(0, 1));
      for (int a = 0; a < in.length; a++) {
        box = along(box, op.position((int) (o / strides[a] % out[a]), in[a], out[a]), in[a]);
      }
      shares.add(box);
    }
    return shares;
  }

  /** Row-major indices with one more axis, at a position that may lie between two elements. */
  private static List<Share> along(List<Share> prefixes, double position, int size) {
    int low = Math.min((int) position, size - 1);
    double fraction = low == size - 1 ? 0 : position - low;
    List<Share> all = new ArrayList<>();
    for (Share s : prefixes) {
      all.add(new Share(s.index * size + low, s.weight * (1 - fraction)));
      if (fraction > 0) {
        all.add(new Share(s.index * size + low + 1, s.weight * fraction));
      }
    }
    return all;
  }
}
