/**
 * Training: optimisers and schedules, the training step as a graph, the loop, evaluation, and what a checkpoint holds.
 *
 * <p>Depends on every other package of the core except {@code zoo}. Start at {@link dev.cardinal.train.Trainer}.
 */
package dev.cardinal.train;
