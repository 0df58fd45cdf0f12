package dev.cardinal.cpu.reference;

import dev.cardinal.cpu.reference.Runs.Run;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.tensor.HostTensor;
import java.util.List;

/** {@link ConvBackwardWeights}: {@code dw[o, c, t] = Σ over n and p of dy[n, o, p] x[n, c, p stride + t dilation - pad]}. */
final class ConvBackwardWeightsKernel implements Kernel<ConvBackwardWeights> {
  @Override
  public void run(ConvBackwardWeights op, HostTensor[] in, HostTensor[] out, Parallel parallel) {
    ConvSizes s = new ConvSizes(op.geometry(), in[0].shape(), in[1].shape().dim(1), op.kernel());
    double[] x = Values.of(in[0]);
    double[] dy = Values.of(in[1]);
    double[] dw = new double[out[0].size()];
    for (int n = 0; n < s.batch; n++) {
      double[][] framedX = s.frameInputs(x, n, parallel);
      double[][] framedDy = s.frameOutputs(dy, n, parallel);
      ConvSizes.blocks(parallel, s.outputs, s.outputsPerGroup, (group, first, end) -> {
        s.pieces((from, to) -> {
          List<Run> reads = s.reads(framedX, group, from, to);
          s.tiles((at, length) -> {
            for (int o = first; o < end; o++) {
              Runs.addDots(framedDy[o], at, length, reads, at, dw, o * s.row + from);
            }
          });
        });
      });
    }
    Values.store(dw, out[0]);
  }
}
