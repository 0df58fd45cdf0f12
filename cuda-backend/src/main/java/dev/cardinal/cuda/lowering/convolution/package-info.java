/**
 * Lowerings of the convolution family and of matrix products: library calls and own kernels, whichever is faster.
 *
 * <p>Depends on {@code plan}, {@code api} and the core's {@code op} and {@code graph}. Start at {@link dev.cardinal.cuda.lowering.convolution.ConvolutionLowerings}.
 */
package dev.cardinal.cuda.lowering.convolution;
