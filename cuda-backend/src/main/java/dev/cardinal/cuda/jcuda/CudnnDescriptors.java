package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.ConvolutionDescriptor;
import dev.cardinal.cuda.api.DnnDescriptors;
import dev.cardinal.cuda.api.FilterDescriptor;
import dev.cardinal.cuda.api.PoolingDescriptor;
import dev.cardinal.cuda.api.TensorDescriptor;
import jcuda.jcudnn.JCudnn;

/** cuDNN's own arithmetic on descriptors. */
public final class CudnnDescriptors implements DnnDescriptors {
  @Override
  public long version() {
    return JCudnn.cudnnGetVersion();
  }

  @Override
  public int[] convolutionOutput(ConvolutionDescriptor convolution, TensorDescriptor x, FilterDescriptor w) {
    try (CudnnDescriptorHandles d = new CudnnDescriptorHandles()) {
      int[] out = new int[x.dims().length];
      int code = JCudnn.cudnnGetConvolutionNdForwardOutputDim(d.convolution(convolution), d.tensor(x), d.filter(w), out.length, out);
      Check.dnn("cudnnGetConvolutionNdForwardOutputDim", code, "convolution", convolution, "x", x, "w", w);
      return out;
    }
  }

  @Override
  public int[] poolingOutput(PoolingDescriptor pooling, TensorDescriptor x) {
    try (CudnnDescriptorHandles d = new CudnnDescriptorHandles()) {
      int[] out = new int[x.dims().length];
      int code = JCudnn.cudnnGetPoolingNdForwardOutputDim(d.pooling(pooling), d.tensor(x), out.length, out);
      Check.dnn("cudnnGetPoolingNdForwardOutputDim", code, "pooling", pooling, "x", x);
      return out;
    }
  }

  @Override
  public int groupCount(ConvolutionDescriptor convolution) {
    try (CudnnDescriptorHandles d = new CudnnDescriptorHandles()) {
      int[] groups = new int[1];
      Check.dnn("cudnnGetConvolutionGroupCount", JCudnn.cudnnGetConvolutionGroupCount(d.convolution(convolution), groups), "convolution", convolution);
      return groups[0];
    }
  }
}
