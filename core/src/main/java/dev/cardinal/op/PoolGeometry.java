package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;

/**
 * How a pooling window moves over a feature map. Windows overlap when the stride is below the kernel (Krizhevsky et al. 2012, section 3.4).
 *
 * @param kernel window size, at least 1
 * @param stride step, at least 1
 * @param padLow padding before the first element; below the span of the kernel
 * @param padHigh padding after the last element; below the span of the kernel
 * @param dilation distance between window elements, at least 1
 * @param ceil whether a last partial window counts (it must begin inside the input or the low padding, as in PyTorch and Caffe)
 */
public record PoolGeometry(Spatial kernel, Spatial stride, Spatial padLow, Spatial padHigh, Spatial dilation, boolean ceil) {
  public PoolGeometry {
    int r = kernel.rank();
    Expect.that(r >= 1 && r <= 3, "pooling has 1 to 3 spatial axes, got %d", r);
    Expect.that(stride.rank() == r && padLow.rank() == r && padHigh.rank() == r && dilation.rank() == r,
        "kernel %s, stride %s, padding %s/%s and dilation %s must have the same number of axes", kernel, stride, padLow, padHigh, dilation);
    kernel.requireAtLeast(1, "kernel");
    stride.requireAtLeast(1, "stride");
    padLow.requireAtLeast(0, "padding");
    padHigh.requireAtLeast(0, "padding");
    dilation.requireAtLeast(1, "dilation");
    for (int i = 0; i < r; i++) {
      int span = dilation.at(i) * (kernel.at(i) - 1) + 1;
      Expect.that(padLow.at(i) < span && padHigh.at(i) < span,
          "padding must be smaller than the window, else a window would lie in padding alone: got kernel %s, padding %s/%s", kernel, padLow, padHigh);
    }
  }

  /** The common case: the same kernel, stride and padding on every axis, no dilation, no partial windows. */
  public static PoolGeometry of(int rank, int kernel, int stride, int padding) {
    Spatial p = Spatial.all(rank, padding);
    return new PoolGeometry(Spatial.all(rank, kernel), Spatial.all(rank, stride), p, p, Spatial.all(rank, 1), false);
  }

  /** With partial last windows counted or not. */
  public PoolGeometry withCeil(boolean c) {
    return new PoolGeometry(kernel, stride, padLow, padHigh, dilation, c);
  }

  /** Number of spatial axes. */
  public int rank() {
    return kernel.rank();
  }

  /** Output sizes for an input of spatial size {@code in}. */
  public Spatial outputSize(Spatial in) {
    int[] out = new int[rank()];
    for (int i = 0; i < out.length; i++) {
      int span = dilation.at(i) * (kernel.at(i) - 1) + 1;
      int padded = in.at(i) + padLow.at(i) + padHigh.at(i);
      Expect.that(span <= padded || ceil && in.at(i) > 0, "the pooling window spans %d elements on spatial axis %d but the padded input has only %d (input %s, kernel %s);"
          + " use a larger input or a smaller kernel", span, i, padded, in, kernel);
      int free = padded - span;
      int s = stride.at(i);
      out[i] = (ceil ? Math.floorDiv(free + s - 1, s) : free / s) + 1;
      if (ceil && (out[i] - 1) * s >= in.at(i) + padLow.at(i)) {
        out[i]--;
      }
      Expect.that(out[i] >= 1, "pooling would have no output on spatial axis %d (input %s, kernel %s)", i, in, kernel);
    }
    return Spatial.of(out);
  }

  TensorType outputType(TensorType x) {
    int rank = Expect.featureMap(x, "x");
    Expect.that(rank == rank(), "a %d-D pooling needs x [N, C, %d spatial axes], got %s", rank(), rank(), x.shape());
    Spatial out = outputSize(Spatial.of(x.shape().spatial()));
    return x.with(Shape.of(x.shape().dim(0), x.shape().dim(1), out.toArray()));
  }

  /** The type of the input whose pooled gradient is {@code dy}. */
  TensorType inputType(TensorType dy, Spatial inputSize) {
    TensorType x = dy.with(Shape.of(dy.shape().dim(0), dy.shape().dim(1), inputSize.toArray()));
    Expect.same(outputType(x), dy, "the pooled gradient and the output of pooling " + inputSize);
    return x;
  }
}
