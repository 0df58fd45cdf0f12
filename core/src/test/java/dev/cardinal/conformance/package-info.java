/**
 * The conformance suite: what every engine must compute, as cases any engine can be put through by a subclass of a few lines.
 *
 * <p>Ships in core's test jar. Depends on core alone. Start at {@link dev.cardinal.conformance.ConformanceSuite} (every operation, gradients, fused forms, small networks) and
 * {@link dev.cardinal.conformance.ConvShapesSuite} (real convolution shapes in exact arithmetic). A new operation adds its cases in one of the {@code …Cases} classes; the suite names those that
 * have none. When an error slips through, improve the suite first.
 */
package dev.cardinal.conformance;
