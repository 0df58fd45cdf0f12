package dev.cardinal.backend;

/** The arithmetic of the products in convolutions and linear layers. Everything else, weights and sums included, is float32 whatever this says. */
public enum Precision {
  /** Operands as they are. */
  FLOAT32,
  /** Operands rounded to bfloat16 (8 significant bits), sums in float32: faster where the hardware has matrix units for it, the same speed elsewhere. */
  BFLOAT16
}
