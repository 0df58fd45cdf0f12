package dev.cardinal.cuda.api;

/** Which of the three operations of the convolution family. */
public enum ConvolutionDirection {
  /** x, w → y. */
  FORWARD,
  /** dy, w → dx. */
  BACKWARD_DATA,
  /** x, dy → dw. */
  BACKWARD_FILTER
}
