/**
 * Loops of our own over native memory, for what oneDNN has no primitive for or is slower at, and the threads that run them.
 *
 * <p>A kernel copies a tile of a few hundred elements into Java arrays, computes on them in a loop that the compiler vectorises (every array is indexed by the loop variable alone), and copies the
 * tile back: near memory speed without native code. Depends on {@code binding}. Start at {@link dev.cardinal.cpu.onednn.kernel.Workers}.
 */
package dev.cardinal.cpu.onednn.kernel;
