/**
 * Passes from graph to graph (simplify, fuse, order updates), verified after each one, and the planning of memory by liveness.
 *
 * <p>Depends on {@code tensor}, {@code op} and {@code graph}. Start at {@link dev.cardinal.pass.Pipeline}.
 */
package dev.cardinal.pass;
