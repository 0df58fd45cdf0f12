package dev.cardinal.cpu.reference;

import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;

/** Operations that only move elements, of any type. */
final class Moves {
  private Moves() {}

  static void reshape(Reshape op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Updates.keep(in[0], out[0]);
  }

  static void transpose(Transpose op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    long[] strides = in[0].shape().strides();
    Gather.from(in[0], Strided.indices(out[0].shape(), 0, op.permutation().stream().mapToLong(a -> strides[a]).toArray()), out[0]);
  }

  static void broadcast(BroadcastTo op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Gather.from(in[0], Strided.broadcast(in[0].shape(), op.shape()), out[0]);
  }

  static void slice(Slice op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Gather.from(in[0], sliced(op, in[0].shape(), out[0].shape()), out[0]);
  }

  static void sliceBackward(SliceBackward op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Gather.to(in[0], sliced(op.forward(), op.input(), in[0].shape()), out[0]);
  }

  /** For every element of a slice its index in the whole. */
  private static int[] sliced(Slice op, Shape whole, Shape slice) {
    long[] strides = whole.strides();
    long base = 0;
    for (int a = 0; a < strides.length; a++) {
      base += op.begin().get(a) * strides[a];
      strides[a] *= op.step().get(a);
    }
    return Strided.indices(slice, base, strides);
  }

  static void concat(Concat op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape whole = out[0].shape();
    int axis = op.axis() < 0 ? op.axis() + whole.rank() : op.axis();
    long base = 0;
    for (HostTensor part : in) {
      Gather.to(part, Strided.indices(part.shape(), base, whole.strides()), out[0]);
      base += part.shape().dim(axis) * whole.strides()[axis];
    }
  }

  /** Output channel {@code j groups + i} is input channel {@code i n + j}: channels as a matrix {@code [groups, n]}, transposed. */
  static void shuffle(ChannelShuffle op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape shape = in[0].shape();
    int channels = shape.dim(1);
    int perGroup = channels / op.groups();
    int plane = (int) shape.spatialSize();
    for (int n = 0; n < shape.dim(0); n++) {
      for (int c = 0; c < channels; c++) {
        int source = c % op.groups() * perGroup + c / op.groups();
        System.arraycopy(in[0].array(), (n * channels + source) * plane, out[0].array(), (n * channels + c) * plane, plane);
      }
    }
  }
}
