package dev.cardinal.zoo;

import dev.cardinal.nn.Module;

/**
 * A network of the zoo.
 *
 * @param name as the command line takes it
 * @param summary one line for people: what it is and where it is published
 * @param size side of the square input of the paper, in pixels
 * @param minSize the smallest side that it takes
 * @param factory builds it
 */
public record ZooNet(String name, String summary, int size, int minSize, Factory factory) {
  /** Builds a network. */
  @FunctionalInterface
  public interface Factory {
    /** A network for inputs {@code [N, channels, size, size]} with outputs {@code [N, classes]}. */
    Module build(int classes, int channels, int size);
  }

  /**
   * Builds it.
   *
   * @throws IllegalArgumentException if the input is too small or a number is not positive
   */
  public Module build(int classes, int channels, int side) {
    if (classes < 1 || channels < 1) {
      throw new IllegalArgumentException(name + " needs at least one class and one channel, got " + classes + " and " + channels);
    }
    if (side < minSize) {
      throw new IllegalArgumentException(name + " takes pictures of at least " + minSize + "x" + minSize + ", got " + side + "x" + side + "; use --size " + minSize + " or more, or a net for small pictures");
    }
    return factory.build(classes, channels, side);
  }
}
