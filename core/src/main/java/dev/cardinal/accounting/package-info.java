/**
 * What a network costs: per layer its output, parameters, multiply-adds and memory, and the memory that a training step takes.
 *
 * <p>Depends on {@code tensor}, {@code op}, {@code graph}, {@code nn} and {@code pass}; Jackson writes the JSON. Start at {@link dev.cardinal.accounting.Summary}.
 */
package dev.cardinal.accounting;
