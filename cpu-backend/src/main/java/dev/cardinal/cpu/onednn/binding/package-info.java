/**
 * A thin wrapper layer over oneDNN's C interface: the library, memory descriptors, primitives and blocks of native memory, each closed by its owner.
 *
 * <p>Depends on {@code backend} (for its exception) the oneDNN binding and, for the OpenMP runtime under it, JNA only. Start at {@link dev.cardinal.cpu.onednn.binding.Primitives}, which makes every primitive the engine uses.
 */
package dev.cardinal.cpu.onednn.binding;
