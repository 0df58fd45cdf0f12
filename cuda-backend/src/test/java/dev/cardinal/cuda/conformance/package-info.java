/** The shared suites on the first GPU of this machine: skipped, visibly, where there is none, and failing there with {@code -Dcardinal.requireGpu=true}. */
package dev.cardinal.cuda.conformance;
