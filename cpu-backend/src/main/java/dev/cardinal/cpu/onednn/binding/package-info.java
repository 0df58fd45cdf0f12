/**
 * A thin wrapper layer over oneDNN's C interface: the library, memory descriptors, primitives and blocks of native memory, each closed by its owner.
 *
 * <p>Depends on {@code backend} (for its exception) and the oneDNN binding only. Start at {@link dev.cardinal.cpu.onednn.binding.Primitives}, which makes every primitive the engine uses.
 */
package dev.cardinal.cpu.onednn.binding;
