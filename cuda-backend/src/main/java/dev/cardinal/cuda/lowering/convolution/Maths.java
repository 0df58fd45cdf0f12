package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.backend.Precision;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.plan.CudaBuild;

/** How float32 may be multiplied in a program. */
final class Maths {
  private Maths() {}

  static MathMode mode(CudaBuild build) {
    return build.session().options().precision() == Precision.TF32 ? MathMode.TF32 : MathMode.FP32;
  }
}
