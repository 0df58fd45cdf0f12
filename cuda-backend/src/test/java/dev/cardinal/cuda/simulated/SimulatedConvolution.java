package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.ConvolutionAlgorithm;
import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One direction of a convolution. Its algorithms differ in workspace and in whether they promise the same bits; all give the reference engine's. */
final class SimulatedConvolution implements DnnConvolution {
  private static final int DEFAULT_MATH = 0;
  private static final int SMALL = 4096;
  private final SimulatedDnn dnn;
  private final ConvolutionDirection direction;
  private final ConvolutionProblem problem;
  private final ConvGeometry geometry;
  private final String call;
  private boolean closed;

  SimulatedConvolution(SimulatedDnn dnn, ConvolutionDirection direction, ConvolutionProblem problem) {
    this.dnn = dnn;
    this.direction = direction;
    this.problem = problem;
    this.call = switch (direction) {
      case FORWARD -> "cudnnConvolutionForward";
      case BACKWARD_DATA -> "cudnnConvolutionBackwardData";
      case BACKWARD_FILTER -> "cudnnConvolutionBackwardFilter";
    };
    check();
    ConvolutionDescriptor c = problem.convolution();
    Spatial pad = Spatial.of(c.padding());
    geometry = new ConvGeometry(Spatial.of(c.stride()), pad, pad, Spatial.of(c.dilation()), c.groups());
  }

  private void check() {
    TensorDescriptor x = problem.x();
    TensorDescriptor y = problem.y();
    FilterDescriptor w = problem.w();
    ConvolutionDescriptor c = problem.convolution();
    SimulatedDnn.require(x);
    SimulatedDnn.require(y);
    int rank = x.dims().length;
    require(w.dims().length == rank && y.dims().length == rank && c.padding().length == rank - 2 && c.stride().length == rank - 2 && c.dilation().length == rank - 2, "the number of axes");
    require(x.dtype() == w.dtype() && x.dtype() == y.dtype(), "the element types");
    require(w.dims()[1] * c.groups() == x.dims()[1], "the input channels are " + c.groups() + " groups of the weights' " + w.dims()[1]);
    require(w.dims()[0] == y.dims()[1] && w.dims()[0] % c.groups() == 0, "the output channels are the weights', in " + c.groups() + " groups");
    require(x.dims()[0] == y.dims()[0], "the batches");
    for (int i = 0; i < rank - 2; i++) {
      int span = (w.dims()[i + 2] - 1) * c.dilation()[i] + 1;
      int padded = x.dims()[i + 2] + 2 * c.padding()[i];
      require(padded >= span && y.dims()[i + 2] == (padded - span) / c.stride()[i] + 1, "y's axis " + (i + 2) + " is " + ((padded - span) / c.stride()[i] + 1));
    }
  }

  private void require(boolean holds, String what) {
    SimulatedDnn.require(holds, call, what, problem);
  }

  private SimulatedStream stream() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, call + " after its descriptors were destroyed");
    }
    return dnn.stream();
  }

  private boolean isWinograd() {
    ConvolutionDescriptor c = problem.convolution();
    int[] w = problem.w().dims();
    return w.length == 4 && w[2] == 3 && w[3] == 3 && Arrays.stream(c.stride()).allMatch(s -> s == 1) && Arrays.stream(c.dilation()).allMatch(d -> d == 1) && c.groups() == 1;
  }

  @Override
  public List<ConvolutionAlgorithm> suggest() {
    stream();
    List<ConvolutionAlgorithm> all = new ArrayList<>();
    boolean same = direction == ConvolutionDirection.FORWARD;
    if (isWinograd()) {
      all.add(new ConvolutionAlgorithm(direction == ConvolutionDirection.FORWARD ? 6 : 4, DEFAULT_MATH, 4 * problem.w().bytes() + SMALL, true, -1));
    }
    all.add(new ConvolutionAlgorithm(1, DEFAULT_MATH, SMALL, true, -1));
    all.add(new ConvolutionAlgorithm(0, DEFAULT_MATH, 0, same, -1));
    return all;
  }

  @Override
  public List<ConvolutionAlgorithm> measure(long first, long second, long result, long workspace, long workspaceBytes) {
    SimulatedCuda cuda = stream().context().cuda();
    synchronized (cuda) {
      cuda.requireNoCapture("measuring algorithms");
      List<ConvolutionAlgorithm> fit = suggest().stream().filter(a -> a.workspaceBytes() <= workspaceBytes).toList();
      if (!fit.isEmpty()) {
        run(fit.get(0), 1, first, second, 0, result, workspace, workspaceBytes);
      }
      cuda.hostWaited(stream().clock());
      List<ConvolutionAlgorithm> timed = new ArrayList<>();
      for (ConvolutionAlgorithm a : fit) {
        timed.add(new ConvolutionAlgorithm(a.id(), a.mathType(), a.workspaceBytes(), a.deterministic(), 1 + timed.size()));
      }
      return timed;
    }
  }

  @Override
  public void run(ConvolutionAlgorithm algorithm, float alpha, long first, long second, float beta, long result, long workspace, long workspaceBytes) {
    ConvolutionAlgorithm known = suggest().stream().filter(a -> a.id() == algorithm.id()).findFirst().orElse(null);
    require(known != null, "there is no algorithm " + algorithm.id());
    require(workspaceBytes >= known.workspaceBytes(), "algorithm " + algorithm.id() + " needs " + known.workspaceBytes() + " bytes of workspace, got " + workspaceBytes);
    Operand x = new Operand("x", direction == ConvolutionDirection.BACKWARD_DATA ? result : first, problem.x().bytes(), problem.x());
    Operand w = new Operand("w", direction == ConvolutionDirection.BACKWARD_FILTER ? result : second, problem.w().bytes(), problem.w());
    Operand y = new Operand("y", direction == ConvolutionDirection.FORWARD ? result : direction == ConvolutionDirection.BACKWARD_DATA ? first : second, problem.y().bytes(), problem.y());
    Operand out = direction == ConvolutionDirection.FORWARD ? y : direction == ConvolutionDirection.BACKWARD_DATA ? x : w;
    List<Operand> reads = new ArrayList<>(List.of(x, w, y));
    if (beta == 0) {
      reads.remove(out);
    }
    List<Operand> writes = new ArrayList<>(List.of(out));
    if (workspaceBytes > 0) {
      writes.add(new Operand("workspace", workspace, workspaceBytes, workspaceBytes + " bytes"));
    }
    Operand.issue(stream(), call, reads, writes, () -> {
      // Whatever lies there is lost.
      NativeHost.fill(workspace, -1, known.workspaceBytes());
      compute(x.address(), w.address(), y.address(), alpha, beta);
    });
  }

  @Override
  public void runWithRelu(ConvolutionAlgorithm algorithm, long from, long weights, long bias, long to, long workspace, long workspaceBytes) {
    ConvolutionAlgorithm known = suggest().stream().filter(a -> a.id() == algorithm.id()).findFirst().orElse(null);
    require(direction == ConvolutionDirection.FORWARD, "the direction: only forward convolutions take a bias");
    require(known != null, "there is no algorithm " + algorithm.id());
    require(workspaceBytes >= known.workspaceBytes(), "algorithm " + algorithm.id() + " needs " + known.workspaceBytes() + " bytes of workspace, got " + workspaceBytes);
    int channels = problem.y().dims()[1];
    TensorDescriptor perChannel = TensorDescriptor.nchw(problem.y().dtype(), 1, channels);
    Operand x = new Operand("x", from, problem.x().bytes(), problem.x());
    Operand w = new Operand("w", weights, problem.w().bytes(), problem.w());
    Operand b = new Operand("bias", bias, perChannel.bytes(), perChannel);
    Operand y = new Operand("y", to, problem.y().bytes(), problem.y());
    List<Operand> writes = new ArrayList<>(List.of(y));
    if (workspaceBytes > 0) {
      writes.add(new Operand("workspace", workspace, workspaceBytes, workspaceBytes + " bytes"));
    }
    Operand.issue(stream(), "cudnnConvolutionBiasActivationForward", List.of(x, w, b), writes, () -> {
      NativeHost.fill(workspace, -1, known.workspaceBytes());
      HostTensor biases = HostTensor.of(Shape.of(channels), DeviceTensors.read(perChannel, bias).floats());
      Conv op = new Conv(geometry, Activation.Kind.RELU);
      DeviceTensors.write(problem.y(), to, SimulatedDnn.run(op, input(DeviceTensors.read(problem.x(), from)), input(DeviceTensors.read(problem.w(), weights)), biases).get(0), 1, 0);
    });
  }

  private void compute(long x, long w, long y, float alpha, float beta) {
    switch (direction) {
      case FORWARD -> DeviceTensors.write(problem.y(), y, SimulatedDnn.run(new Conv(geometry), input(DeviceTensors.read(problem.x(), x)), input(DeviceTensors.read(problem.w(), w))).get(0), alpha,
          beta);
      case BACKWARD_DATA -> DeviceTensors.write(problem.x(), x,
          SimulatedDnn.run(new ConvBackwardData(geometry, spatial(problem.x().dims())), input(DeviceTensors.read(problem.y(), y)), input(DeviceTensors.read(problem.w(), w))).get(0), alpha, beta);
      case BACKWARD_FILTER -> DeviceTensors.write(problem.w(), w,
          SimulatedDnn.run(new ConvBackwardWeights(geometry, spatial(problem.w().dims())), input(DeviceTensors.read(problem.x(), x)), input(DeviceTensors.read(problem.y(), y))).get(0), alpha, beta);
    }
  }

  private HostTensor input(HostTensor t) {
    return problem.convolution().math() == MathMode.TF32 && problem.x().dtype() == DType.F32 ? DeviceTensors.tf32(t) : t;
  }

  private static Spatial spatial(int[] dims) {
    return Spatial.of(Arrays.copyOfRange(dims, 2, dims.length));
  }

  @Override
  public void close() {
    stream().context().closed("cuDNN operation");
    closed = true;
  }
}
