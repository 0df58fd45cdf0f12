package dev.cardinal.cuda.api;

/**
 * cuDNN's arithmetic on descriptors. It needs no device, so tests hold our shape rules against it anywhere.
 */
public interface DnnDescriptors {
  /** Version, as in 90501. */
  long version();

  /** Sizes {@code [N, Cout, spatial…]} that cuDNN gives a convolution's output. */
  int[] convolutionOutput(ConvolutionDescriptor convolution, TensorDescriptor x, FilterDescriptor w);

  /** Sizes {@code [N, C, spatial…]} that cuDNN gives a pooling's output. */
  int[] poolingOutput(PoolingDescriptor pooling, TensorDescriptor x);

  /** The number of groups that cuDNN reads back from a descriptor it was given. */
  int groupCount(ConvolutionDescriptor convolution);
}
