package dev.cardinal.cuda.api;

/** How float32 products may be computed. Sixteen-bit inputs go to the tensor cores in either mode; sums are float32 always. */
public enum MathMode {
  /** IEEE float32. */
  FP32,
  /** Inputs rounded to TF32 (10 bits of fraction) for the tensor cores. */
  TF32
}
