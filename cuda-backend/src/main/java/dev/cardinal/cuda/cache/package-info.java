/**
 * What is kept on disk between runs because it takes time to make and can be made again: compiled kernels.
 *
 * <p>Depends on the folder of {@link dev.cardinal.backend.cache} alone.
 */
package dev.cardinal.cuda.cache;
