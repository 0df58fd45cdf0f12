/**
 * The interface of {@code api} over JCuda: one call here is one call there. Codes become {@link dev.cardinal.cuda.api.CudaException}s, longs become pointers, records become descriptors; nothing
 * is decided.
 *
 * <p>The classes of this package must not be touched before {@code natives.CudaNatives} has loaded the natives. Depends on {@code api} and JCuda only. Start at
 * {@link dev.cardinal.cuda.jcuda.JCudaInstallation}.
 */
package dev.cardinal.cuda.jcuda;
