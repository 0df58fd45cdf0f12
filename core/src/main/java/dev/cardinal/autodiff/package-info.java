/**
 * Reverse-mode differentiation: one walk over the graph that calls each operation's gradient rule and appends ordinary nodes.
 *
 * <p>Depends on {@code tensor}, {@code op} and {@code graph}. Start at {@link dev.cardinal.autodiff.Differentiation}.
 */
package dev.cardinal.autodiff;
