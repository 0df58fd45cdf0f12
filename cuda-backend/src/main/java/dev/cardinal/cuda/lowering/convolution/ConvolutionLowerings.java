package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.lowering.OpLowering;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import java.util.List;

/** The lowerings of convolutions and matrix products. */
public final class ConvolutionLowerings {
  /** The family's list. */
  public static final List<OpLowering> ALL = List.of(
      OpLowering.of(Conv.class, (op, n, b) -> convolution(n, b)),
      OpLowering.of(ConvBackwardData.class, (op, n, b) -> convolution(n, b)),
      OpLowering.of(ConvBackwardWeights.class, (op, n, b) -> convolution(n, b)),
      OpLowering.of(Linear.class, MatrixLowerings::linear),
      OpLowering.of(MatMul.class, MatrixLowerings::matMul));

  private ConvolutionLowerings() {}

  private static void convolution(Node n, CudaBuild build) {
    ConvTask task = ConvTask.of(n, build);
    Choice.of(task, n, build).lower(task, n, build);
  }
}
