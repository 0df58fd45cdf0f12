/**
 * Convolutions of many groups of a few channels each, as depthwise ones over sorted channels, which fill the vector lanes that the library's kernels for narrow groups leave idle.
 *
 * <p>Depends on {@code kernel} and {@code binding}; {@code lowering} decides where it is used. Start at {@link dev.cardinal.cpu.onednn.narrow.NarrowShape}, which tells how channels are sorted.
 */
package dev.cardinal.cpu.onednn.narrow;
