package dev.cardinal.cpu.reference;

import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lays feature maps out so that a kernel tap of a convolution, whatever stride, padding and dilation, is one shift of a contiguous run.
 *
 * <p>On an axis with stride s, dilation d and low padding p, output o reads input {@code o s + k d - p} for tap k. With
 * {@code k d = q s + r}, 0 ≤ r &lt; s, that is element {@code o + q} of the padded input's every s-th element from r on: its
 * <em>phase</em> r. A phase has {@code out + (kernel - 1) d / s} elements that are read at all. Taken over all axes, a channel becomes
 * one <em>frame</em> per combination of phases in use, and the output at position o of a frame reads, for tap k, position
 * {@code o + q(k)} of frame r(k): the same distance for every o. So if outputs are laid out with the rows of a frame, a tap adds a
 * weight times one contiguous run to another; what falls between the rows is never read back.
 *
 * <p>Padding is zeros that do take part: an infinite or NaN weight on padding gives NaN, and the gradients' zeros between the rows let an
 * infinity or NaN reach more taps than strictly read it. Finite numbers are not touched by this.
 */
final class ConvFrames {
  private static final int AXES = 3;
  private final int[] stride;
  private final int[] pad;
  private final int[] in;
  private final int[] out;
  private final int[] frame = new int[AXES];
  /** The phases in use, numbered: per axis the r of the class comment. */
  private final Map<List<Integer>, Integer> phases = new LinkedHashMap<>();
  private final int frameSize;
  private final int[] taps;

  ConvFrames(ConvGeometry g, int[] input, Spatial kernel) {
    Spatial size = g.outputSize(Spatial.of(input), kernel);
    stride = spread(g.stride().toArray(), 1);
    pad = spread(g.padLow().toArray(), 0);
    in = spread(input, 1);
    out = spread(size.toArray(), 1);
    int[] k = spread(kernel.toArray(), 1);
    int[] d = spread(g.dilation().toArray(), 1);
    for (int a = 0; a < AXES; a++) {
      frame[a] = out[a] + (k[a] - 1) * d[a] / stride[a];
    }
    frameSize = Math.multiplyExact(Math.multiplyExact(frame[0], frame[1]), frame[2]);
    taps = new int[k[0] * k[1] * k[2]];
    for (int t = 0; t < taps.length; t++) {
      int z = t / (k[1] * k[2]) * d[0];
      int y = t / k[2] % k[1] * d[1];
      int x = t % k[2] * d[2];
      List<Integer> phase = List.of(z % stride[0], y % stride[1], x % stride[2]);
      phases.putIfAbsent(phase, phases.size());
      taps[t] = phases.get(phase) * frameSize + at(z / stride[0], y / stride[1], x / stride[2]);
    }
  }

  /** Depth, height and width, of which leading ones may be missing. */
  private static int[] spread(int[] v, int missing) {
    int[] s = new int[AXES];
    Arrays.fill(s, missing);
    System.arraycopy(v, 0, s, AXES - v.length, v.length);
    return s;
  }

  private int at(int z, int y, int x) {
    return (z * frame[1] + y) * frame[2] + x;
  }

  /** Elements of one channel's frames. */
  int channelSize() {
    return Math.multiplyExact(phases.size(), frameSize);
  }

  /** Elements of one channel of the output, laid out with the rows of a frame: up to the last one. */
  int run() {
    return at(out[0] - 1, out[1] - 1, out[2] - 1) + 1;
  }

  /** For each tap, in row-major order, where the run that it reads begins in a channel's frames. */
  int[] taps() {
    return taps;
  }

  /** Elements of one channel of the input. */
  int inputSize() {
    return in[0] * in[1] * in[2];
  }

  /** Elements of one channel of the output. */
  int outputSize() {
    return out[0] * out[1] * out[2];
  }

  /** Spreads a channel of the input, at {@code from} in {@code x}, into its frames; padding becomes zeros. */
  void frameInput(double[] x, int from, double[] frames) {
    Arrays.fill(frames, 0);
    forEachInput((input, framed) -> frames[framed] = x[from + input]);
  }

  /** The reverse: collects a channel of the input from its frames; what no tap reads stays as it is. */
  void unframeInput(double[] frames, double[] x, int from) {
    forEachInput((input, framed) -> x[from + input] = frames[framed]);
  }

  /** Spreads a channel of the output into a run, with zeros between the rows. */
  void frameOutput(double[] y, int from, double[] run) {
    Arrays.fill(run, 0);
    for (int z = 0, i = from; z < out[0]; z++) {
      for (int r = 0; r < out[1]; r++, i += out[2]) {
        System.arraycopy(y, i, run, at(z, r, 0), out[2]);
      }
    }
  }

  /** The reverse: collects a channel of the output from a run. */
  void unframeOutput(double[] run, double[] y, int from) {
    for (int z = 0, i = from; z < out[0]; z++) {
      for (int r = 0; r < out[1]; r++, i += out[2]) {
        System.arraycopy(run, at(z, r, 0), y, i, out[2]);
      }
    }
  }

  private interface Pair {
    void accept(int input, int framed);
  }

  private void forEachInput(Pair body) {
    phases.forEach((r, number) -> {
      for (int z = 0; z < frame[0]; z++) {
        int iz = z * stride[0] + r.get(0) - pad[0];
        for (int y = 0; y < frame[1] && iz >= 0 && iz < in[0]; y++) {
          int iy = y * stride[1] + r.get(1) - pad[1];
          int first = r.get(2) - pad[2];
          for (int x = 0; x < frame[2] && iy >= 0 && iy < in[1]; x++) {
            int ix = x * stride[2] + first;
            if (ix >= 0 && ix < in[2]) {
              body.accept((iz * in[1] + iy) * in[2] + ix, number * frameSize + at(z, y, x));
            }
          }
        }
      }
    });
  }
}
