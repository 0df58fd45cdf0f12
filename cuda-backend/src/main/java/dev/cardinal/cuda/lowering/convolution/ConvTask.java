package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;

/**
 * One operation of the convolution family with all its sizes. The three are the same triple of tensors, of which one is sought.
 *
 * @param direction which is sought
 * @param geometry how the kernel is moved
 * @param x the convolution's input {@code [N, Cin, spatial…]}, or its gradient
 * @param w weights {@code [Cout, Cin/groups, kernel…]}, or their gradient
 * @param y the convolution's output {@code [N, Cout, out…]}, or its gradient
 * @param storage element type of maps and weights in device memory
 * @param math how float32 may be multiplied
 * @param bias whether a bias is added to the result
 * @param activation applied to the result
 */
record ConvTask(ConvolutionDirection direction, ConvGeometry geometry, Shape x, Shape w, Shape y, DType storage, MathMode math, boolean bias, Activation.Kind activation) {
  private static final int CUDNN_LEAST_AXES = 2;
  private static final int BIASED = 3;

  /** The task of a node of the family, for a program. */
  static ConvTask of(Node n, CudaBuild build) {
    Shape first = n.input(0).type().shape();
    Shape second = n.input(1).type().shape();
    TensorType result = n.output(0).type();
    DType storage = build.maps(result.dtype()).storage();
    MathMode math = Maths.mode(build);
    boolean bias = n.inputs().size() == BIASED;
    if (n.op() instanceof Conv c) {
      return new ConvTask(ConvolutionDirection.FORWARD, c.geometry(), first, second, result.shape(), storage, math, bias, c.activation());
    } else if (n.op() instanceof ConvBackwardData c) {
      return new ConvTask(ConvolutionDirection.BACKWARD_DATA, c.geometry(), result.shape(), second, first, storage, math, bias, c.activation());
    }
    return new ConvTask(ConvolutionDirection.BACKWARD_FILTER, ((ConvBackwardWeights) n.op()).geometry(), first, result.shape(), second, storage, math, false, Activation.Kind.IDENTITY);
  }

  /** The result's shape. */
  Shape result() {
    return switch (direction) {
      case FORWARD -> y;
      case BACKWARD_DATA -> x;
      case BACKWARD_FILTER -> w;
    };
  }

  /** Whether the result is a feature map, not weights. */
  boolean givesMap() {
    return direction != ConvolutionDirection.BACKWARD_FILTER;
  }

  /** Input channels of a group. */
  int inputsPerGroup() {
    return w.dim(1);
  }

  /** Output channels of a group. */
  int outputsPerGroup() {
    return w.dim(0) / geometry.groups();
  }

  /** Whether every group is one channel, in and out. */
  boolean isDepthwise() {
    return inputsPerGroup() == 1 && outputsPerGroup() == 1;
  }

  /** Whether some axis is padded differently before and after. */
  boolean isLopsided() {
    return !geometry.padLow().equals(geometry.padHigh());
  }

  /** The same task on an input that was padded before. */
  ConvTask padded() {
    int[] spatial = new int[geometry.rank()];
    Arrays.setAll(spatial, i -> x.dim(i + 2) + geometry.padLow().at(i) + geometry.padHigh().at(i));
    return new ConvTask(direction, geometry.withPadding(0), Shape.of(x.dim(0), x.dim(1), spatial), w, y, storage, math, bias, activation);
  }

  /** As cuDNN takes it: with two spatial axes at least, and the same padding on both sides. */
  ConvolutionProblem problem(Order order) {
    boolean last = order == Order.CHANNELS_LAST;
    Spatial pad = geometry.padLow();
    ConvolutionDescriptor how = new ConvolutionDescriptor(widened(pad, 0), widened(geometry.stride(), 1), widened(geometry.dilation(), 1), geometry.groups(), math);
    return new ConvolutionProblem(tensor(x, last), new FilterDescriptor(storage, last, widened(w)), tensor(y, last), how);
  }

  private TensorDescriptor tensor(Shape s, boolean last) {
    return last ? TensorDescriptor.nhwc(storage, widened(s)) : TensorDescriptor.nchw(storage, widened(s));
  }

  private static int[] widened(Spatial s, int missing) {
    int axes = Math.max(CUDNN_LEAST_AXES, s.rank());
    int[] v = new int[axes];
    Arrays.setAll(v, i -> i < axes - s.rank() ? missing : s.at(i - (axes - s.rank())));
    return v;
  }

  private static int[] widened(Shape s) {
    int[] spatial = widened(Spatial.of(s.spatial()), 1);
    int[] v = new int[2 + spatial.length];
    v[0] = s.dim(0);
    v[1] = s.dim(1);
    System.arraycopy(spatial, 0, v, 2, spatial.length);
    return v;
  }

  /** Everything that a choice of algorithm depends on, on one line. */
  String key(Order order) {
    return direction + " x" + x + " w" + w + " y" + y + " " + geometry.stride() + " pad " + geometry.padLow() + "/" + geometry.padHigh() + " dilation " + geometry.dilation() + " groups "
        + geometry.groups() + " " + storage + " " + order + " " + math + (bias ? " bias " : " ") + activation;
  }

  @Override
  public String toString() {
    return direction + " of x " + x + ", weights " + w + ", y " + y + " (" + geometry + ")";
  }
}
