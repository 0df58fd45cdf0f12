/**
 * Native libraries that just work: NVIDIA's driver and CUDA's libraries are found where people have them, JCuda's natives are prepared for the versions found, and everything is loaded by absolute
 * path. No environment variable is needed and nothing is written to a shared temporary folder.
 *
 * <p>Finding ({@link dev.cardinal.cuda.natives.LibraryFinder}) only looks at files: it loads nothing and starts nothing, so it can neither crash nor hang. Depends on the JDK, the core's
 * {@code backend} (exceptions) and JCuda's class names. Start at {@link dev.cardinal.cuda.natives.CudaNatives}.
 */
package dev.cardinal.cuda.natives;
