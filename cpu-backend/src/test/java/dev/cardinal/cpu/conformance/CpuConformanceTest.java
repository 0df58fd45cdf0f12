package dev.cardinal.cpu.conformance;

import dev.cardinal.conformance.ConformanceSuite;

/** The fast engine against the reference. */
class CpuConformanceTest extends ConformanceSuite {
  CpuConformanceTest() {
    super("cpu");
  }
}
