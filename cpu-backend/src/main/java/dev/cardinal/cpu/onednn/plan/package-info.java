/**
 * What a program is made of before it has addresses: tensors in a physical order, the memory they need, and steps; and the planning that places all of it in one arena.
 *
 * <p>Depends on {@code tensor}, {@code op}, {@code graph}, {@code pass} and {@code binding}. Start at {@link dev.cardinal.cpu.onednn.plan.Build}.
 */
package dev.cardinal.cpu.onednn.plan;
