/**
 * NVIDIA GPUs: what there is on this machine, and the devices that drive it.
 *
 * <p>Below it: {@code api} is the one door to CUDA, {@code jcuda} its implementation, {@code natives} finds and loads the libraries, {@code kernel} holds our own kernels, {@code lowering} turns
 * operations into launches. Depends on the core's {@code backend}, {@code graph}, {@code op}, {@code pass} and {@code tensor}. Start at {@link dev.cardinal.cuda.CudaProvider}.
 */
package dev.cardinal.cuda;
