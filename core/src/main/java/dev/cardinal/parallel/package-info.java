/**
 * Dividing a network over devices: a training graph becomes one graph per device with collectives between them, by channel groups, by samples, or both; and the plan of it for people.
 *
 * <p>Depends on {@code tensor}, {@code op}, {@code graph} and {@code pass}; knows no engine. Start at {@link dev.cardinal.parallel.Splitter}; what runs the result is
 * {@code dev.cardinal.backend.mesh}. Which divisions an operation allows is its own rule, {@link dev.cardinal.op.SplitRule}.
 */
package dev.cardinal.parallel;
