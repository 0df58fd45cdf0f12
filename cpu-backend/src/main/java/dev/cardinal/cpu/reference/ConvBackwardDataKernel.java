package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Runs.Run;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link ConvBackwardData}: every dy[n, o, p] times w[o, c, t] is added to dx[n, c, p stride + t dilation - pad], where that is not
 * padding; plus bias, then the activation.
 */
final class ConvBackwardDataKernel implements Kernel<ConvBackwardData> {
  @Override
  public void run(ConvBackwardData op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape weights = in[1].shape();
    ConvSizes s = new ConvSizes(op.geometry(), out[0].shape(), weights.dim(0), Spatial.of(weights.spatial()));
    double[] dy = Values.of(in[0]);
    double[] w = Values.of(in[1]);
    double[] dx = new double[out[0].size()];
    int[] taps = s.frames.taps();
    for (int n = 0; n < s.batch; n++) {
      int sample = n * s.inputs;
      double[][] framed = s.frameOutputs(dy, n, parallel);
      ConvSizes.blocks(parallel, s.inputs, s.inputsPerGroup, (group, first, end) -> {
        List<Run> reads = new ArrayList<>();
        for (int o = group * s.outputsPerGroup; o < (group + 1) * s.outputsPerGroup; o++) {
          reads.add(new Run(framed[o], 0));
        }
        double[][] sums = new double[end - first][s.frames.channelSize()];
        double[] byTap = weightsByTap(s, w, group, first, end);
        s.tiles((at, length) -> {
          for (int c = 0; c < sums.length; c++) {
            for (int t = 0; t < taps.length; t++) {
              Runs.addScaled(sums[c], taps[t] + at, length, reads, at, byTap, (c * taps.length + t) * s.outputsPerGroup);
            }
          }
        });
        for (int c = first; c < end; c++) {
          s.frames.unframeInput(sums[c - first], dx, (sample + c) * s.frames.inputSize());
        }
      });
    }
    Activations.finish(dx, in.length == 3 ? Values.of(in[2]) : null, s.frames.inputSize(), op.activation());
    Values.store(dx, out[0]);
  }

  /** The weights of some input channels as {@code [channel, tap, output channel of the group]}: in the order in which one tap sums them. */
  private static double[] weightsByTap(ConvSizes s, double[] w, int group, int first, int end) {
    int taps = s.frames.taps().length;
    double[] byTap = new double[(end - first) * s.outputsPerGroup * taps];
    int i = 0;
    for (int c = first; c < end; c++) {
      int column = (c - group * s.inputsPerGroup) * taps;
      for (int t = 0; t < taps; t++) {
        for (int o = 0; o < s.outputsPerGroup; o++) {
          byTap[i++] = w[(group * s.outputsPerGroup + o) * s.row + column + t];
        }
      }
    }
    return byTap;
  }
}
