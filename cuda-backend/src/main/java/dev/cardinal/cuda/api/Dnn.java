package dev.cardinal.cuda.api;

/** cuDNN, issuing to one stream. Operations are prepared once, with their descriptors, and then run. */
public interface Dnn extends AutoCloseable {
  /** Version, as in 90501 for 9.5.1 and 8907 for 8.9.7. */
  long version();

  /** One direction of a convolution. */
  DnnConvolution convolution(ConvolutionDirection direction, ConvolutionProblem problem);

  /** Pooling. Maximum pooling's backward pass finds the maxima again, in x. */
  DnnLayer pooling(PoolingDescriptor pooling, TensorDescriptor x, TensorDescriptor y);

  /** Response normalisation over channels. */
  DnnLayer lrn(LrnDescriptor lrn, TensorDescriptor x);

  /** An element-wise function. */
  DnnLayer activation(ActivationDescriptor activation, TensorDescriptor x);

  /** Softmax over axis 1, at each position of the others. */
  DnnLayer softmax(boolean logarithm, TensorDescriptor x);

  @Override
  void close();
}
