/**
 * NVIDIA GPUs. So far: whether a driver is there, and saying plainly that this version does not drive it.
 *
 * <p>Depends on the core's {@code backend} only. Start at {@link dev.cardinal.cuda.CudaProvider}.
 */
package dev.cardinal.cuda;
