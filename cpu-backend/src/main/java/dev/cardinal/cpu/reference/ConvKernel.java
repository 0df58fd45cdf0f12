package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Runs.Run;
import dev.cardinal.op.Conv;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;

/**
 * {@link Conv}: y[n, o, p] = Σ w[o, c, t] x[n, c, p stride + t dilation - pad] over the group's input channels c and the taps t, plus
 * bias, then the activation.
 */
final class ConvKernel implements Kernel<Conv> {
  @Override
  public void run(Conv op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    Shape weights = in[1].shape();
    ConvSizes s = new ConvSizes(op.geometry(), in[0].shape(), weights.dim(0), Spatial.of(weights.spatial()));
    double[] x = Values.of(in[0]);
    double[] w = Values.of(in[1]);
    double[] y = new double[out[0].size()];
    for (int n = 0; n < s.batch; n++) {
      int sample = n * s.outputs;
      double[][] framed = s.frameInputs(x, n, parallel);
      ConvSizes.blocks(parallel, s.outputs, s.outputsPerGroup, (group, first, end) -> {
        double[][] sums = new double[end - first][s.frames.run()];
        s.pieces((from, to) -> {
          List<Run> reads = s.reads(framed, group, from, to);
          s.tiles((at, length) -> {
            for (int o = first; o < end; o++) {
              Runs.addScaled(sums[o - first], at, length, reads, at, w, o * s.row + from);
            }
          });
        });
        for (int o = first; o < end; o++) {
          s.frames.unframeOutput(sums[o - first], y, (sample + o) * s.frames.outputSize());
        }
      });
    }
    Activations.finish(y, in.length == 3 ? Values.of(in[2]) : null, s.frames.outputSize(), op.activation());
    Values.store(y, out[0]);
  }
}
