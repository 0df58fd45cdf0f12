/**
 * The fast CPU engine, {@code cpu}: programs of oneDNN primitives and kernels of our own over one planned arena of native memory.
 *
 * <p>Depends on {@code core} and the oneDNN binding. A graph becomes a program in three moves: each operation is lowered to steps ({@code lowering}), the steps' memory is placed in one arena
 * ({@code plan}), and the steps are bound to their addresses; a run then only executes them. Start at {@link dev.cardinal.cpu.onednn.OneDnnDevice}.
 */
package dev.cardinal.cpu.onednn;
