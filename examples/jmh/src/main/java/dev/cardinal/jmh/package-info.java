/**
 * Benchmarks of single operations on every engine, by JMH: {@code scripts/bench-ops}.
 *
 * <p>Depends on {@code core}; engines are found as everywhere. Start at {@link dev.cardinal.jmh.Repeated}.
 */
package dev.cardinal.jmh;
