package dev.cardinal.backend;

/** The arithmetic of the products in convolutions and linear layers. Weights, sums, statistics, losses and updates are float32 whatever this says. */
public enum Precision {
  /** Operands as they are. */
  FLOAT32,
  /** Operands rounded to TF32 (11 significant bits) as the tensor cores take them in, which costs no memory and no time. GPUs only. */
  TF32,
  /** Operands rounded to bfloat16 (8 significant bits), sums in float32: faster where the hardware has matrix units for it, the same speed elsewhere. GPUs also keep feature maps so. */
  BFLOAT16,
  /** Operands and feature maps in IEEE half precision (11 significant bits, largest number 65504); training scales the loss so that small gradients survive. GPUs only. */
  FLOAT16
}
