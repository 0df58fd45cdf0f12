/**
 * Own kernels: their sources, one family per file of {@code resources/kernels}, compiled at run time for the device at hand.
 *
 * <p>A source is CUDA C++ with {@code extern "C"} kernels; it includes nothing but our own {@code .cuh} files, since the compiler comes without headers on most machines. Sixteen-bit numbers travel as
 * {@code unsigned short} and are converted by hand. Depends on {@code api} and {@code cache}. Start at {@link dev.cardinal.cuda.kernel.KernelSources}.
 */
package dev.cardinal.cuda.kernel;
