package dev.cardinal.cuda.api;

import java.util.List;

/**
 * One direction of a convolution, with its descriptors. Operands are given in the order of {@link ConvolutionDirection}: (x, w → y), (dy, w → dx), (x, dy → dw).
 */
public interface DnnConvolution extends AutoCloseable {
  /** The algorithms that can run it, best first by cuDNN's own estimate, not measured. */
  List<ConvolutionAlgorithm> suggest();

  /**
   * Runs every algorithm whose workspace fits, on these buffers, and times it: best first. Overwrites the result; waits for the device.
   *
   * @param workspace scratch memory
   * @param workspaceBytes its size
   */
  List<ConvolutionAlgorithm> measure(long first, long second, long result, long workspace, long workspaceBytes);

  /** {@code result = alpha op(first, second) + beta result}. The workspace has at least the algorithm's size. */
  void run(ConvolutionAlgorithm algorithm, float alpha, long first, long second, float beta, long result, long workspace, long workspaceBytes);

  /**
   * {@code y = relu(conv(x, w) + bias)} in one call, forward only. The bias has an element of y's type for each channel. Unlike elsewhere, NaN may become zero.
   *
   * @throws CudaException if the algorithm has no such form
   */
  void runWithRelu(ConvolutionAlgorithm algorithm, long x, long w, long bias, long y, long workspace, long workspaceBytes);

  @Override
  void close();
}
