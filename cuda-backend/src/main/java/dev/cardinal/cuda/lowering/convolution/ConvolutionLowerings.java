package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.lowering.OpLowering;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import java.util.List;

/** The lowerings of convolutions and matrix products. */
public final class ConvolutionLowerings {
  /** The family's list. */
  public static final List<OpLowering> ALL = List.of(
      OpLowering.of(Conv.class, (op, n, b) -> lower(ConvolutionDirection.FORWARD, op.geometry(), op.activation(), shape(n, 0), shape(n, 1), result(n), n, b)),
      OpLowering.of(ConvBackwardData.class, (op, n, b) -> lower(ConvolutionDirection.BACKWARD_DATA, op.geometry(), op.activation(), result(n), shape(n, 1), shape(n, 0), n, b)),
      OpLowering.of(ConvBackwardWeights.class,
          (op, n, b) -> lower(ConvolutionDirection.BACKWARD_FILTER, op.geometry(), Activation.Kind.IDENTITY, shape(n, 0), result(n), shape(n, 1), n, b)),
      OpLowering.of(Linear.class, MatrixLowerings::linear),
      OpLowering.of(MatMul.class, MatrixLowerings::matMul));

  private ConvolutionLowerings() {}

  private static Shape shape(Node n, int input) {
    return n.input(input).type().shape();
  }

  private static Shape result(Node n) {
    return n.output(0).type().shape();
  }

  private static void lower(ConvolutionDirection direction, ConvGeometry geometry, Activation.Kind activation, Shape x, Shape w, Shape y, Node n, CudaBuild build) {
    DType storage = build.maps(n.output(0).type().dtype()).storage();
    ConvTask task = new ConvTask(direction, geometry, x, w, y, storage, Maths.mode(build), n.inputs().size() == 3, activation);
    Choice.of(task, n, build).lower(task, n, build);
  }
}
