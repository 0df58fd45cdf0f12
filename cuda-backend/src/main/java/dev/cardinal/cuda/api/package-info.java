/**
 * The one door through which this backend reaches CUDA: driver, runtime compiler, cuDNN and cuBLAS, in plain Java types, with the field's names. There are two implementations: a thin one over
 * JCuda, and a simulated device in the tests that keeps device memory on the host and punishes what hardware would.
 *
 * <p>Addresses are {@code long}s. Whatever is created belongs to its creator, who closes it, before the context. Whatever fails throws {@link dev.cardinal.cuda.api.CudaException}. Nothing here is
 * safe for use by several threads at once; a thread other than the one that opened a context calls {@link dev.cardinal.cuda.api.CudaContext#makeCurrent} first.
 *
 * <p>Depends on the core's {@code tensor} (element types) and {@code backend} (the exception's parent) only. Start at {@link dev.cardinal.cuda.api.Cuda}.
 */
package dev.cardinal.cuda.api;
