package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.ActivationDescriptor;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.ConvolutionProblem;
import dev.cardinal.cuda.api.Dnn;
import dev.cardinal.cuda.api.DnnConvolution;
import dev.cardinal.cuda.api.DnnLayer;
import dev.cardinal.cuda.api.LrnDescriptor;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import java.util.function.Function;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnLRNDescriptor;
import jcuda.jcudnn.cudnnLRNMode;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnSoftmaxAlgorithm;
import jcuda.jcudnn.cudnnSoftmaxMode;
import jcuda.jcudnn.cudnnTensorDescriptor;

final class CudnnDnn implements Dnn {
  private final cudnnHandle handle = new cudnnHandle();

  CudnnDnn(JCudaStream stream) {
    Check.dnn("cudnnCreate", JCudnn.cudnnCreate(handle));
    Check.dnn("cudnnSetStream", JCudnn.cudnnSetStream(handle, stream.runtimeStream()));
  }

  @Override
  public long version() {
    return JCudnn.cudnnGetVersion();
  }

  /** Makes something of descriptors; they are its own then, or destroyed if that fails. */
  private static <T> T with(Function<CudnnDescriptorHandles, T> make) {
    CudnnDescriptorHandles d = new CudnnDescriptorHandles();
    try {
      return make.apply(d);
    } catch (RuntimeException e) {
      d.close();
      throw e;
    }
  }

  @Override
  public DnnConvolution convolution(ConvolutionDirection direction, ConvolutionProblem problem) {
    return with(d -> new CudnnConvolution(handle, d, direction, problem));
  }

  @Override
  public DnnLayer pooling(PoolingDescriptor pooling, TensorDescriptor x, TensorDescriptor y) {
    return with(d -> {
      cudnnPoolingDescriptor p = d.pooling(pooling);
      cudnnTensorDescriptor xd = d.tensor(x);
      cudnnTensorDescriptor yd = d.tensor(y);
      return new CudnnLayer(d, "Pooling", pooling + " of " + x, (one, in, zero, out) -> JCudnn.cudnnPoolingForward(handle, p, one, xd, in, zero, yd, out),
          (one, out, dout, in, zero, din) -> JCudnn.cudnnPoolingBackward(handle, p, one, yd, out, yd, dout, xd, in, zero, xd, din));
    });
  }

  @Override
  public DnnLayer lrn(LrnDescriptor lrn, TensorDescriptor x) {
    int mode = cudnnLRNMode.CUDNN_LRN_CROSS_CHANNEL_DIM1;
    return with(d -> {
      cudnnLRNDescriptor l = d.lrn(lrn);
      cudnnTensorDescriptor t = d.tensor(x);
      return new CudnnLayer(d, "LRNCrossChannel", lrn + " of " + x, (one, in, zero, out) -> JCudnn.cudnnLRNCrossChannelForward(handle, l, mode, one, t, in, zero, t, out),
          (one, out, dout, in, zero, din) -> JCudnn.cudnnLRNCrossChannelBackward(handle, l, mode, one, t, out, t, dout, t, in, zero, t, din));
    });
  }

  @Override
  public DnnLayer activation(ActivationDescriptor activation, TensorDescriptor x) {
    return with(d -> {
      cudnnActivationDescriptor a = d.activation(activation);
      cudnnTensorDescriptor t = d.tensor(x);
      return new CudnnLayer(d, "Activation", activation + " of " + x, (one, in, zero, out) -> JCudnn.cudnnActivationForward(handle, a, one, t, in, zero, t, out),
          (one, out, dout, in, zero, din) -> JCudnn.cudnnActivationBackward(handle, a, one, t, out, t, dout, t, in, zero, t, din));
    });
  }

  @Override
  public DnnLayer softmax(boolean logarithm, TensorDescriptor x) {
    int algorithm = logarithm ? cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_LOG : cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_ACCURATE;
    int mode = cudnnSoftmaxMode.CUDNN_SOFTMAX_MODE_CHANNEL;
    return with(d -> {
      cudnnTensorDescriptor t = d.tensor(x);
      return new CudnnLayer(d, "Softmax", x.toString(), (one, in, zero, out) -> JCudnn.cudnnSoftmaxForward(handle, algorithm, mode, one, t, in, zero, t, out),
          (one, out, dout, in, zero, din) -> JCudnn.cudnnSoftmaxBackward(handle, algorithm, mode, one, t, out, t, dout, zero, t, din));
    });
  }

  @Override
  public void close() {
    Check.dnn("cudnnDestroy", JCudnn.cudnnDestroy(handle));
  }
}
