package dev.cardinal.cpu.conformance;

import dev.cardinal.conformance.ConvShapesSuite;

/** The fast engine on real convolution shapes, exactly. */
class CpuConvShapesTest extends ConvShapesSuite {
  CpuConvShapesTest() {
    super("cpu");
  }
}
