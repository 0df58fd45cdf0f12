package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.ConvolutionAlgorithm;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnStatus;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** One direction of a convolution through cuDNN's legacy interface, which has a set of functions and a result type per direction. */
final class CudnnConvolution implements DnnConvolution {
  /** More than any version of cuDNN returns. */
  private static final int MOST_RESULTS = 32;

  private final cudnnHandle handle;
  private final CudnnDescriptorHandles descriptors;
  private final ConvolutionDirection direction;
  private final ConvolutionProblem problem;
  private final cudnnTensorDescriptor x;
  private final cudnnFilterDescriptor w;
  private final cudnnTensorDescriptor y;
  private final cudnnConvolutionDescriptor convolution;
  private final cudnnTensorDescriptor bias;
  private final cudnnActivationDescriptor relu;

  CudnnConvolution(cudnnHandle handle, CudnnDescriptorHandles descriptors, ConvolutionDirection direction, ConvolutionProblem problem) {
    this.handle = handle;
    this.descriptors = descriptors;
    this.direction = direction;
    this.problem = problem;
    this.x = descriptors.tensor(problem.x());
    this.w = descriptors.filter(problem.w());
    this.y = descriptors.tensor(problem.y());
    this.convolution = descriptors.convolution(problem.convolution());
    int[] perChannel = new int[problem.y().dims().length];
    Arrays.fill(perChannel, 1);
    perChannel[1] = problem.y().dims()[1];
    this.bias = descriptors.tensor(TensorDescriptor.nchw(problem.y().dtype(), perChannel));
    this.relu = descriptors.fusedRelu();
  }

  private void check(String call, int code) {
    Check.dnn(call, code, "problem", problem);
  }

  /** What is asked for until an algorithm is chosen, and after that what cuDNN found that it goes with; float32 that was asked for is never exchanged for TF32. */
  private void math(int type) {
    boolean exact = problem.convolution().math() == MathMode.FP32 && problem.x().dtype() == DType.F32;
    check("cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(convolution, exact ? cudnnMathType.CUDNN_FMA_MATH : type));
  }

  /** Default math keeps sixteen-bit numbers off the tensor cores of some generations; cuDNN looks at both. */
  private int asked() {
    return problem.x().dtype() == DType.F32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_TENSOR_OP_MATH;
  }

  @Override
  public List<ConvolutionAlgorithm> suggest() {
    math(asked());
    int[] n = new int[1];
    return switch (direction) {
      case FORWARD -> {
        cudnnConvolutionFwdAlgoPerf[] r = forwardResults();
        check("cudnnGetConvolutionForwardAlgorithm_v7", JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, convolution, y, r.length, n, r));
        yield forwardAlgorithms(r, n[0]);
      }
      case BACKWARD_DATA -> {
        cudnnConvolutionBwdDataAlgoPerf[] r = dataResults();
        check("cudnnGetConvolutionBackwardDataAlgorithm_v7", JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, convolution, x, r.length, n, r));
        yield dataAlgorithms(r, n[0]);
      }
      case BACKWARD_FILTER -> {
        cudnnConvolutionBwdFilterAlgoPerf[] r = filterResults();
        check("cudnnGetConvolutionBackwardFilterAlgorithm_v7", JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, convolution, w, r.length, n, r));
        yield filterAlgorithms(r, n[0]);
      }
    };
  }

  @Override
  public List<ConvolutionAlgorithm> measure(long first, long second, long result, long workspace, long workspaceBytes) {
    math(asked());
    Pointer a = DeviceAddress.of(first);
    Pointer b = DeviceAddress.of(second);
    Pointer out = DeviceAddress.of(result);
    Pointer scratch = DeviceAddress.of(workspace);
    int[] n = new int[1];
    return switch (direction) {
      case FORWARD -> {
        cudnnConvolutionFwdAlgoPerf[] r = forwardResults();
        check("cudnnFindConvolutionForwardAlgorithmEx",
            JCudnn.cudnnFindConvolutionForwardAlgorithmEx(handle, x, a, w, b, convolution, y, out, r.length, n, r, scratch, workspaceBytes));
        yield forwardAlgorithms(r, n[0]);
      }
      case BACKWARD_DATA -> {
        cudnnConvolutionBwdDataAlgoPerf[] r = dataResults();
        check("cudnnFindConvolutionBackwardDataAlgorithmEx",
            JCudnn.cudnnFindConvolutionBackwardDataAlgorithmEx(handle, w, b, y, a, convolution, x, out, r.length, n, r, scratch, workspaceBytes));
        yield dataAlgorithms(r, n[0]);
      }
      case BACKWARD_FILTER -> {
        cudnnConvolutionBwdFilterAlgoPerf[] r = filterResults();
        check("cudnnFindConvolutionBackwardFilterAlgorithmEx",
            JCudnn.cudnnFindConvolutionBackwardFilterAlgorithmEx(handle, x, a, y, b, convolution, w, out, r.length, n, r, scratch, workspaceBytes));
        yield filterAlgorithms(r, n[0]);
      }
    };
  }

  @Override
  public void run(ConvolutionAlgorithm algorithm, float alpha, long first, long second, float beta, long result, long workspace, long workspaceBytes) {
    math(algorithm.mathType());
    Pointer by = Pointer.to(new float[] {alpha});
    Pointer keep = Pointer.to(new float[] {beta});
    Pointer a = DeviceAddress.of(first);
    Pointer b = DeviceAddress.of(second);
    Pointer out = DeviceAddress.of(result);
    Pointer scratch = DeviceAddress.of(workspace);
    int id = algorithm.id();
    switch (direction) {
      case FORWARD -> check("cudnnConvolutionForward", JCudnn.cudnnConvolutionForward(handle, by, x, a, w, b, convolution, id, scratch, workspaceBytes, keep, y, out));
      case BACKWARD_DATA -> check("cudnnConvolutionBackwardData",
          JCudnn.cudnnConvolutionBackwardData(handle, by, w, b, y, a, convolution, id, scratch, workspaceBytes, keep, x, out));
      case BACKWARD_FILTER -> check("cudnnConvolutionBackwardFilter",
          JCudnn.cudnnConvolutionBackwardFilter(handle, by, x, a, y, b, convolution, id, scratch, workspaceBytes, keep, w, out));
    }
  }

  @Override
  public void runWithRelu(ConvolutionAlgorithm algorithm, long from, long weights, long biases, long to, long workspace, long workspaceBytes) {
    math(algorithm.mathType());
    Pointer one = Pointer.to(new float[] {1});
    Pointer zero = Pointer.to(new float[] {0});
    Pointer out = DeviceAddress.of(to);
    // What is added besides, times zero, must be named all the same.
    check("cudnnConvolutionBiasActivationForward", JCudnn.cudnnConvolutionBiasActivationForward(handle, one, x, DeviceAddress.of(from), w, DeviceAddress.of(weights), convolution, algorithm.id(),
        DeviceAddress.of(workspace), workspaceBytes, zero, y, out, bias, DeviceAddress.of(biases), relu, y, out));
  }

  private static cudnnConvolutionFwdAlgoPerf[] forwardResults() {
    cudnnConvolutionFwdAlgoPerf[] r = new cudnnConvolutionFwdAlgoPerf[MOST_RESULTS];
    Arrays.setAll(r, i -> new cudnnConvolutionFwdAlgoPerf());
    return r;
  }

  private static cudnnConvolutionBwdDataAlgoPerf[] dataResults() {
    cudnnConvolutionBwdDataAlgoPerf[] r = new cudnnConvolutionBwdDataAlgoPerf[MOST_RESULTS];
    Arrays.setAll(r, i -> new cudnnConvolutionBwdDataAlgoPerf());
    return r;
  }

  private static cudnnConvolutionBwdFilterAlgoPerf[] filterResults() {
    cudnnConvolutionBwdFilterAlgoPerf[] r = new cudnnConvolutionBwdFilterAlgoPerf[MOST_RESULTS];
    Arrays.setAll(r, i -> new cudnnConvolutionBwdFilterAlgoPerf());
    return r;
  }

  private static List<ConvolutionAlgorithm> forwardAlgorithms(cudnnConvolutionFwdAlgoPerf[] r, int n) {
    List<ConvolutionAlgorithm> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      add(all, r[i].status, r[i].algo, r[i].mathType, r[i].memory, r[i].determinism, r[i].time);
    }
    return all;
  }

  private static List<ConvolutionAlgorithm> dataAlgorithms(cudnnConvolutionBwdDataAlgoPerf[] r, int n) {
    List<ConvolutionAlgorithm> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      add(all, r[i].status, r[i].algo, r[i].mathType, r[i].memory, r[i].determinism, r[i].time);
    }
    return all;
  }

  private static List<ConvolutionAlgorithm> filterAlgorithms(cudnnConvolutionBwdFilterAlgoPerf[] r, int n) {
    List<ConvolutionAlgorithm> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      add(all, r[i].status, r[i].algo, r[i].mathType, r[i].memory, r[i].determinism, r[i].time);
    }
    return all;
  }

  private static void add(List<ConvolutionAlgorithm> all, int status, int id, int math, long bytes, int determinism, float millis) {
    if (status == cudnnStatus.CUDNN_STATUS_SUCCESS) {
      all.add(new ConvolutionAlgorithm(id, math, bytes, determinism == cudnnDeterminism.CUDNN_DETERMINISTIC, millis));
    }
  }

  @Override
  public void close() {
    descriptors.close();
  }
}
