/**
 * Own kernels: their sources, one family per file of {@code resources/kernels}, compiled at run time for the device at hand.
 *
 * <p>A source is one self-contained translation unit of CUDA C++ with {@code extern "C"} kernels, and includes nothing: the compiler comes without headers on most machines. Sixteen-bit numbers
 * travel as {@code unsigned short} and are converted by hand. Depends on {@code api} only. Start at {@link dev.cardinal.cuda.kernel.KernelSources}.
 */
package dev.cardinal.cuda.kernel;
