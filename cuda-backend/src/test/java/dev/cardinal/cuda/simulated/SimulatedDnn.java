package dev.cardinal.cuda.simulated;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.cuda.api.ActivationDescriptor;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.api.DnnLayer;
import dev.cardinal.cuda.api.LrnDescriptor;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.LrnBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.Op;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import java.util.Arrays;
import java.util.List;

/** cuDNN by the reference engine. What cuDNN refuses is refused with its code. */
final class SimulatedDnn implements Dnn {
  private static final long VERSION = 90501;
  private static final int BAD_PARAMETER = 2000;
  private static final int MOST_LRN = 16;
  private static final double LEAST_BETA = 0.01;
  private static final double LEAST_K = 1e-5;
  private static Device reference;

  private final SimulatedStream stream;
  private boolean closed;

  SimulatedDnn(SimulatedStream stream) {
    this.stream = stream;
  }

  SimulatedStream stream() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "cuDNN is used after it was closed");
    }
    return stream;
  }

  /** One operation on the reference engine. */
  static synchronized List<HostTensor> run(Op op, HostTensor... in) {
    if (reference == null) {
      reference = Devices.open("cpu:reference");
    }
    return SingleOp.run(reference, op, in);
  }

  static CudaException refusal(String call, String why, Object of) {
    return new CudaException(call, BAD_PARAMETER, "CUDNN_STATUS_BAD_PARAM: " + why, "of = " + of);
  }

  static void require(boolean holds, String call, String why, Object of) {
    if (!holds) {
      throw refusal(call, why, of);
    }
  }

  /** What every tensor of cuDNN's has: four or five axes, a floating-point type, elements that lie apart. */
  static void require(TensorDescriptor t) {
    int[] d = t.dims();
    require(d.length == 4 || d.length == 5, "cudnnSetTensorNdDescriptor", "a tensor has 4 or 5 axes", t);
    require(t.strides().length == d.length, "cudnnSetTensorNdDescriptor", "there is one stride per axis", t);
    require(List.of(DType.F32, DType.F16, DType.BF16).contains(t.dtype()), "cudnnSetTensorNdDescriptor", "the element type", t);
    for (int i = 0; i < d.length; i++) {
      require(d[i] > 0 && t.strides()[i] > 0, "cudnnSetTensorNdDescriptor", "sizes and strides are above 0", t);
    }
  }

  @Override
  public long version() {
    return VERSION;
  }

  @Override
  public DnnConvolution convolution(ConvolutionDirection direction, ConvolutionProblem problem) {
    return made(new SimulatedConvolution(this, direction, problem));
  }

  private <T> T made(T t) {
    stream().context().made("cuDNN operation");
    return t;
  }

  @Override
  public DnnLayer pooling(PoolingDescriptor p, TensorDescriptor x, TensorDescriptor y) {
    require(x);
    require(y);
    int axes = x.dims().length - 2;
    require(p.window().length == axes && y.dims().length == x.dims().length, "cudnnPoolingForward", "the axes of window, x and y", p + " of " + x + " to " + y);
    require(y.dims()[0] == x.dims()[0] && y.dims()[1] == x.dims()[1] && y.dtype() == x.dtype(), "cudnnPoolingForward", "batch, channels and type of x and y", p + " of " + x + " to " + y);
    for (int i = 0; i < axes; i++) {
      int expected = (x.dims()[i + 2] + 2 * p.padding()[i] - p.window()[i]) / p.stride()[i] + 1;
      require(y.dims()[i + 2] == expected && p.padding()[i] < p.window()[i], "cudnnPoolingForward", "y's axis " + (i + 2) + " is " + expected, p + " of " + x + " to " + y);
    }
    Spatial pad = Spatial.of(p.padding());
    PoolGeometry g = new PoolGeometry(Spatial.of(p.window()), Spatial.of(p.stride()), pad, pad, Spatial.all(axes, 1), false);
    Spatial size = Spatial.of(Arrays.copyOfRange(x.dims(), 2, x.dims().length));
    if (p.mode() == PoolingDescriptor.Mode.MAX) {
      return made(new SimulatedLayer(this, "Pooling", p, x, y, in -> run(new MaxPool(g), in).get(0),
          (out, dy, in) -> run(new MaxPoolBackward(g, size), dy, run(new MaxPool(g), in).get(1)).get(0)));
    }
    boolean counts = p.mode() == PoolingDescriptor.Mode.AVERAGE_INCLUDE_PADDING;
    return made(new SimulatedLayer(this, "Pooling", p, x, y, in -> run(new AvgPool(g, counts), in).get(0), (out, dy, in) -> run(new AvgPoolBackward(g, counts, size), dy).get(0)));
  }

  @Override
  public DnnLayer lrn(LrnDescriptor l, TensorDescriptor x) {
    require(x);
    require(l.size() >= 1 && l.size() <= MOST_LRN && l.beta() >= LEAST_BETA && l.k() >= LEAST_K, "cudnnSetLRNDescriptor", "size is 1 to 16, beta at least 0.01, k at least 1e-5", l);
    Lrn op = new Lrn(l.size(), l.alpha(), l.beta(), l.k(), 1);
    return made(new SimulatedLayer(this, "LRNCrossChannel", l, x, x, in -> run(op, in).get(0), (out, dy, in) -> run(new LrnBackward(op), dy, in).get(0)));
  }

  @Override
  public DnnLayer activation(ActivationDescriptor a, TensorDescriptor x) {
    require(x);
    return made(new SimulatedLayer(this, "Activation", a, x, x, in -> map(in, in, in, (v, w, u) -> activated(a, v)), (out, dy, in) -> map(out, dy, in, (y, d, v) -> switch (a.mode()) {
      case RELU -> v > 0 ? d : 0;
      case CLIPPED_RELU -> v > 0 && v < a.coefficient() ? d : 0;
      case SIGMOID -> d * y * (1 - y);
      case TANH -> d * (1 - y * y);
    })));
  }

  private static double activated(ActivationDescriptor a, double v) {
    return switch (a.mode()) {
      case RELU -> Math.max(v, 0);
      case CLIPPED_RELU -> Math.min(Math.max(v, 0), a.coefficient());
      case SIGMOID -> 1 / (1 + Math.exp(-v));
      case TANH -> Math.tanh(v);
    };
  }

  private interface Three {
    double of(double a, double b, double c);
  }

  private static HostTensor map(HostTensor a, HostTensor b, HostTensor c, Three f) {
    return HostTensor.generate(a.type(), i -> f.of(a.get(i), b.get(i), c.get(i)));
  }

  @Override
  public DnnLayer softmax(boolean logarithm, TensorDescriptor x) {
    require(x);
    return made(new SimulatedLayer(this, "Softmax", logarithm ? "logarithm" : "softmax", x, x, in -> run(new Softmax(1, logarithm), in).get(0),
        (out, dy, in) -> run(new SoftmaxBackward(1, logarithm), dy, out).get(0)));
  }

  @Override
  public void close() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "cuDNN is closed twice");
    }
    closed = true;
    stream.context().closed("cuDNN");
  }
}
