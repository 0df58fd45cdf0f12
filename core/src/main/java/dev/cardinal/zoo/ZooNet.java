package dev.cardinal.zoo;

import dev.cardinal.nn.Module;
import dev.cardinal.tensor.Shape;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A network of the zoo.
 *
 * @param name as the command line takes it
 * @param summary one line for people: what it is and where it is published
 * @param task what its output means
 * @param classes number of classes of the paper (image channels, for a generator)
 * @param input input of the paper without the batch, {@code [channels, spatial…]}
 * @param minimum the smallest input that it takes, axis by axis; the channels are free
 * @param builder builds it
 */
public record ZooNet(String name, String summary, Task task, int classes, Shape input, Shape minimum, Builder builder) {
  /** What a network's output means. */
  public enum Task {
    /** Logits {@code [N, classes]}. */
    CLASSIFICATION,
    /** Logits per position, {@code [N, classes, spatial…]}. */
    SEGMENTATION,
    /** An image from noise: input {@code [N, noise, 1, 1]}, output {@code [N, image channels, H, W]} in -1 to 1. */
    GENERATION
  }

  /** Builds a network for any input. */
  @FunctionalInterface
  public interface Builder {
    /** A network for inputs {@code [N, channels, spatial…]} of the shape {@code [channels, spatial…]}. */
    Module build(int classes, Shape input);
  }

  /** Builds a network for square pictures. */
  @FunctionalInterface
  public interface Factory {
    /** A network for inputs {@code [N, channels, size, size]} with outputs {@code [N, classes]}. */
    Module build(int classes, int channels, int size);
  }

  /** A classifier of colour pictures: 1000 classes, or 10 for pictures of at most 32 pixels. */
  public ZooNet(String name, String summary, int size, int minSize, Factory factory) {
    this(name, summary, Task.CLASSIFICATION, size <= 32 ? 10 : 1000, Shape.of(3, size, size), Shape.of(1, minSize, minSize), (classes, in) -> factory.build(classes, in.dim(0), in.dim(1)));
  }

  /** A classifier of colour pictures, 1000 classes. */
  static ZooNet classifier(String name, String summary, int size, int minSize, Builder builder) {
    return new ZooNet(name, summary, Task.CLASSIFICATION, 1000, Shape.of(3, size, size), Shape.of(1, minSize, minSize), builder);
  }

  /** Width of the paper's input, in pixels. */
  public int size() {
    return input.dim(input.rank() - 1);
  }

  /** The smallest width that it takes. */
  public int minSize() {
    return minimum.dim(minimum.rank() - 1);
  }

  /**
   * Builds it for pictures of one side; a volume keeps the paper's depth.
   *
   * @throws IllegalArgumentException if the input is too small or a number is not positive
   */
  public Module build(int classes, int channels, int side) {
    return build(classes, inputOf(channels, side));
  }

  /** The input that {@link #build(int, int, int)} means: {@code side} for height and width, the paper's depth where there is one. */
  public Shape inputOf(int channels, int side) {
    Shape s = input.with(0, channels);
    if (task == Task.GENERATION) {
      return s;
    }
    return s.with(s.rank() - 1, side).with(s.rank() - 2, side);
  }

  /**
   * Builds it for inputs {@code [N, channels, spatial…]}.
   *
   * @param in channels, then the spatial axes
   * @throws IllegalArgumentException if the input does not fit or a number is not positive
   */
  public Module build(int classes, Shape in) {
    if (in.rank() != input.rank()) {
      throw new IllegalArgumentException(name + " takes inputs with " + (input.rank() - 1) + " spatial axes such as " + text(input) + ", got " + text(in));
    }
    if (classes < 1 || in.dim(0) < 1) {
      throw new IllegalArgumentException(name + " needs at least one class and one channel, got " + classes + " and " + in.dim(0));
    }
    for (int i = 1; i < in.rank(); i++) {
      if (in.dim(i) < minimum.dim(i)) {
        throw new IllegalArgumentException(name + " takes pictures of at least " + spatial(minimum) + ", got " + spatial(in) + "; use --size " + minSize() + " or more, or a net for small pictures");
      }
    }
    return builder.build(classes, in);
  }

  private static String spatial(Shape s) {
    return text(Shape.of(Arrays.copyOfRange(s.dims(), 1, s.rank())));
  }

  /** As in {@code 3x224x224}. */
  public static String text(Shape s) {
    return Arrays.stream(s.dims()).mapToObj(Integer::toString).collect(Collectors.joining("x"));
  }
}
