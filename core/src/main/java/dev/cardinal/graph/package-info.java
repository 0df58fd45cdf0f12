/**
 * The graph of operations: nodes, the values between them, a verifier, and printers.
 *
 * <p>Depends on {@code tensor} and {@code op}. Start at {@link dev.cardinal.graph.Graph}.
 */
package dev.cardinal.graph;
