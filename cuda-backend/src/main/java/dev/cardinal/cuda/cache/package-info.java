/**
 * What is kept on disk between runs because it takes time to make and can be made again: measured choices of algorithms, compiled kernels.
 *
 * <p>Depends on nothing of ours. Start at {@link dev.cardinal.cuda.cache.PrivateFolder}.
 */
package dev.cardinal.cuda.cache;
