/**
 * The operations of the graph: one record per operation, holding its attributes and its rules (validation, shapes, gradient, cost, split).
 *
 * <p>Depends on {@code tensor} only. A gradient rule appends nodes through {@link dev.cardinal.op.Gradients}, so operations do not know the
 * graph they stand in. Start at {@link dev.cardinal.op.Op}, then {@link dev.cardinal.op.Conv} and its two siblings
 * {@link dev.cardinal.op.ConvBackwardData} and {@link dev.cardinal.op.ConvBackwardWeights}.
 *
 * <p>A new operation touches four places: its record here (named in {@code Op}'s permits clause), the reference engine, the CUDA backend and
 * the conformance cases.
 */
package dev.cardinal.op;
