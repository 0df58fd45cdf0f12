package dev.cardinal.cpu.conformance;

import dev.cardinal.conformance.ConvShapesSuite;

/** The reference engine on real convolution shapes, exactly. */
class ReferenceConvShapesTest extends ConvShapesSuite {
  ReferenceConvShapesTest() {
    super("cpu:reference");
  }
}
