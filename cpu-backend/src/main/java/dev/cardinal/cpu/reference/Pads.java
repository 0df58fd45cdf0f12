package dev.cardinal.cpu.reference;

import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** {@link Pad} and {@link PadBackward}. */
final class Pads {
  private static final int CONSTANT = -1;

  private Pads() {}

  static void pad(Pad op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    int[] source = sources(op, in[0].shape(), out[0].shape());
    for (int i = 0; i < source.length; i++) {
      if (source[i] == CONSTANT) {
        out[0].set(i, op.value());
      }
    }
    Gather.from(in[0], source, out[0]);
  }

  static void backward(PadBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    double[] dy = Values.of(in[0]);
    double[] dx = new double[out[0].size()];
    int[] source = sources(op.forward(), op.input(), in[0].shape());
    for (int i = 0; i < source.length; i++) {
      if (source[i] != CONSTANT) {
        dx[source[i]] += dy[i];
      }
    }
    Values.store(dx, out[0]);
  }

  /** For every padded element the element that it repeats. */
  private static int[] sources(Pad op, Shape in, Shape padded) {
    long[] from = in.strides();
    long[] at = padded.strides();
    int[] source = new int[(int) padded.size()];
    for (int i = 0; i < source.length; i++) {
      for (int a = 0; a < from.length && source[i] != CONSTANT; a++) {
        int p = op.source(a, (int) (i / at[a] % padded.dim(a)), in.dim(a));
        source[i] = p < 0 ? CONSTANT : source[i] + p * (int) from[a];
      }
    }
    return source;
  }
}
