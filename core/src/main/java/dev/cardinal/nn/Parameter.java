package dev.cardinal.nn;

import dev.cardinal.tensor.TensorType;

/**
 * A named tensor that belongs to a module: learned, or kept along (running statistics).
 *
 * @param type its type
 * @param initializer gives its first value
 * @param role what it is, which decides weight decay and whether it is learned
 */
public record Parameter(TensorType type, Initializer initializer, Role role) {
  /** What a parameter is. */
  public enum Role {
    /** Weights of convolutions and linear layers: learned, with weight decay. */
    WEIGHT,
    /** Biases: learned, usually without weight decay. */
    BIAS,
    /** Scale and shift of a normalisation: learned, usually without weight decay. */
    NORM,
    /** Running statistics: not learned, but saved. */
    BUFFER
  }

  /** Whether optimisers change it. */
  public boolean isLearned() {
    return role != Role.BUFFER;
  }
}
