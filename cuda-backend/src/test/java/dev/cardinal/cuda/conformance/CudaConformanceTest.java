package dev.cardinal.cuda.conformance;

import dev.cardinal.conformance.ConformanceSuite;

/** A real GPU against the reference. */
class CudaConformanceTest extends ConformanceSuite {
  CudaConformanceTest() {
    super("cuda:0");
  }
}
