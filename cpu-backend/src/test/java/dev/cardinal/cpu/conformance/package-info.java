/**
 * The shared conformance suite, run against the two CPU engines.
 *
 * <p>Depends on core's test jar. Start at {@link dev.cardinal.conformance.ConformanceSuite}.
 */
package dev.cardinal.cpu.conformance;
