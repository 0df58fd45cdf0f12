package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.ActivationDescriptor;
import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.LrnDescriptor;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.tensor.DType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnLRNDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnPoolingMode;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** cuDNN's descriptors for the interface's records, all destroyed together. If one cannot be made, those made before are destroyed by {@link #close}, which the maker calls. */
final class CudnnDescriptorHandles implements AutoCloseable {
  private final Deque<Runnable> destroyers = new ArrayDeque<>();

  private void owned(String call, IntSupplier destroy) {
    destroyers.push(() -> Check.dnn(call, destroy.getAsInt()));
  }

  cudnnTensorDescriptor tensor(TensorDescriptor t) {
    cudnnTensorDescriptor d = new cudnnTensorDescriptor();
    Check.dnn("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(d));
    owned("cudnnDestroyTensorDescriptor", () -> JCudnn.cudnnDestroyTensorDescriptor(d));
    Check.dnn("cudnnSetTensorNdDescriptor", JCudnn.cudnnSetTensorNdDescriptor(d, type(t.dtype()), t.dims().length, t.dims(), t.strides()), "tensor", t);
    return d;
  }

  cudnnFilterDescriptor filter(FilterDescriptor f) {
    cudnnFilterDescriptor d = new cudnnFilterDescriptor();
    Check.dnn("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(d));
    owned("cudnnDestroyFilterDescriptor", () -> JCudnn.cudnnDestroyFilterDescriptor(d));
    int format = f.channelsLast() ? cudnnTensorFormat.CUDNN_TENSOR_NHWC : cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    Check.dnn("cudnnSetFilterNdDescriptor", JCudnn.cudnnSetFilterNdDescriptor(d, type(f.dtype()), format, f.dims().length, f.dims()), "filter", f);
    return d;
  }

  cudnnConvolutionDescriptor convolution(ConvolutionDescriptor c) {
    cudnnConvolutionDescriptor d = new cudnnConvolutionDescriptor();
    Check.dnn("cudnnCreateConvolutionDescriptor", JCudnn.cudnnCreateConvolutionDescriptor(d));
    owned("cudnnDestroyConvolutionDescriptor", () -> JCudnn.cudnnDestroyConvolutionDescriptor(d));
    int set = JCudnn.cudnnSetConvolutionNdDescriptor(d, c.stride().length, c.padding(), c.stride(), c.dilation(), cudnnConvolutionMode.CUDNN_CROSS_CORRELATION, cudnnDataType.CUDNN_DATA_FLOAT);
    Check.dnn("cudnnSetConvolutionNdDescriptor", set, "convolution", c);
    Check.dnn("cudnnSetConvolutionGroupCount", JCudnn.cudnnSetConvolutionGroupCount(d, c.groups()), "groups", c.groups());
    // Default math lets float32 go through TF32 on the tensor cores; FMA math does not.
    int math = c.math() == MathMode.FP32 ? cudnnMathType.CUDNN_FMA_MATH : cudnnMathType.CUDNN_DEFAULT_MATH;
    Check.dnn("cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(d, math), "math", c.math());
    return d;
  }

  cudnnPoolingDescriptor pooling(PoolingDescriptor p) {
    cudnnPoolingDescriptor d = new cudnnPoolingDescriptor();
    Check.dnn("cudnnCreatePoolingDescriptor", JCudnn.cudnnCreatePoolingDescriptor(d));
    owned("cudnnDestroyPoolingDescriptor", () -> JCudnn.cudnnDestroyPoolingDescriptor(d));
    int mode = switch (p.mode()) {
      // Its backward pass adds with atomics otherwise.
      case MAX -> cudnnPoolingMode.CUDNN_POOLING_MAX_DETERMINISTIC;
      case AVERAGE_INCLUDE_PADDING -> cudnnPoolingMode.CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING;
      case AVERAGE_EXCLUDE_PADDING -> cudnnPoolingMode.CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING;
    };
    int set = JCudnn.cudnnSetPoolingNdDescriptor(d, mode, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, p.window().length, p.window(), p.padding(), p.stride());
    Check.dnn("cudnnSetPoolingNdDescriptor", set, "pooling", p);
    return d;
  }

  cudnnLRNDescriptor lrn(LrnDescriptor l) {
    cudnnLRNDescriptor d = new cudnnLRNDescriptor();
    Check.dnn("cudnnCreateLRNDescriptor", JCudnn.cudnnCreateLRNDescriptor(d));
    owned("cudnnDestroyLRNDescriptor", () -> JCudnn.cudnnDestroyLRNDescriptor(d));
    Check.dnn("cudnnSetLRNDescriptor", JCudnn.cudnnSetLRNDescriptor(d, l.size(), l.alpha(), l.beta(), l.k()), "lrn", l);
    return d;
  }

  cudnnActivationDescriptor activation(ActivationDescriptor a) {
    cudnnActivationDescriptor d = new cudnnActivationDescriptor();
    Check.dnn("cudnnCreateActivationDescriptor", JCudnn.cudnnCreateActivationDescriptor(d));
    owned("cudnnDestroyActivationDescriptor", () -> JCudnn.cudnnDestroyActivationDescriptor(d));
    int mode = switch (a.mode()) {
      case RELU -> cudnnActivationMode.CUDNN_ACTIVATION_RELU;
      case CLIPPED_RELU -> cudnnActivationMode.CUDNN_ACTIVATION_CLIPPED_RELU;
      case SIGMOID -> cudnnActivationMode.CUDNN_ACTIVATION_SIGMOID;
      case TANH -> cudnnActivationMode.CUDNN_ACTIVATION_TANH;
    };
    Check.dnn("cudnnSetActivationDescriptor", JCudnn.cudnnSetActivationDescriptor(d, mode, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, a.coefficient()), "activation", a);
    return d;
  }

  /** ReLU as a fused convolution takes it, which knows no other treatment of NaN. */
  cudnnActivationDescriptor fusedRelu() {
    cudnnActivationDescriptor d = new cudnnActivationDescriptor();
    Check.dnn("cudnnCreateActivationDescriptor", JCudnn.cudnnCreateActivationDescriptor(d));
    owned("cudnnDestroyActivationDescriptor", () -> JCudnn.cudnnDestroyActivationDescriptor(d));
    Check.dnn("cudnnSetActivationDescriptor", JCudnn.cudnnSetActivationDescriptor(d, cudnnActivationMode.CUDNN_ACTIVATION_RELU, cudnnNanPropagation.CUDNN_NOT_PROPAGATE_NAN, 0));
    return d;
  }

  private static int type(DType t) {
    return switch (t) {
      case F32 -> cudnnDataType.CUDNN_DATA_FLOAT;
      case F16 -> cudnnDataType.CUDNN_DATA_HALF;
      case BF16 -> cudnnDataType.CUDNN_DATA_BFLOAT16;
      default -> throw new IllegalArgumentException("cuDNN descriptors take f32, f16 and bf16, got " + t);
    };
  }

  @Override
  public void close() {
    while (!destroyers.isEmpty()) {
      destroyers.pop().run();
    }
  }
}
