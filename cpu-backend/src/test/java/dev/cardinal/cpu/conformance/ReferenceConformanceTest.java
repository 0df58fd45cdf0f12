package dev.cardinal.cpu.conformance;

import dev.cardinal.conformance.ConformanceSuite;

/** The reference engine against closed forms and central differences. */
class ReferenceConformanceTest extends ConformanceSuite {
  ReferenceConformanceTest() {
    super("cpu:reference");
  }
}
