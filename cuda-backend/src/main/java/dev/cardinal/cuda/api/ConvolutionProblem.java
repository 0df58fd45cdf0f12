package dev.cardinal.cuda.api;

/**
 * A convolution with all its sizes, from whichever direction it is run. In the backward directions x, w, y describe their gradients.
 *
 * @param x input
 * @param w weights
 * @param y output
 * @param convolution how the kernel is moved
 */
public record ConvolutionProblem(TensorDescriptor x, FilterDescriptor w, TensorDescriptor y, ConvolutionDescriptor convolution) {}
