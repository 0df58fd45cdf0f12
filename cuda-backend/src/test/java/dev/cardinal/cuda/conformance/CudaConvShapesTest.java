package dev.cardinal.cuda.conformance;

import dev.cardinal.conformance.ConvShapesSuite;

/** A real GPU on real convolution shapes, exactly. */
class CudaConvShapesTest extends ConvShapesSuite {
  CudaConvShapesTest() {
    super("cuda:0");
  }
}
