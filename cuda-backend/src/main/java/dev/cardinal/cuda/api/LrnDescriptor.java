package dev.cardinal.cuda.api;

/**
 * Response normalisation over neighbouring channels: {@code y = x / (k + alpha / size · Σ x²)^beta} (Krizhevsky, Sutskever and Hinton 2012, section 3.3, with cuDNN's division by the size).
 *
 * @param size channels in a window, 1 to 16
 * @param alpha as above
 * @param beta as above, at least 0.01
 * @param k as above, at least 1e-5
 */
public record LrnDescriptor(int size, double alpha, double beta, double k) {}
