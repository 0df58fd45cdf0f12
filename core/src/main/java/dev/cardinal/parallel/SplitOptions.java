package dev.cardinal.parallel;

import java.util.HashMap;
import java.util.Map;

/**
 * How to divide a network.
 *
 * @param mode what is divided
 * @param devices over how many
 * @param pins layers by their path whose way is given; the others take the one that moves the fewest bytes
 * @param synchronised whether batch normalisation uses the statistics of the whole batch when samples are divided, as one device would; otherwise each device uses its own, and the running statistics
 *     are the mean of theirs
 */
public record SplitOptions(Mode mode, int devices, Map<String, Choice> pins, boolean synchronised) {
  /** The ways of a dense layer. */
  public enum Choice {
    /** Gather the input, and let each device compute some of the outputs. */
    GATHER,
    /** Leave the input divided, let each device compute its part of every output's sum, and add these. */
    REDUCE,
    /** Gather the input and compute all of it on every device. */
    WHOLE
  }

  public SplitOptions {
    pins = Map.copyOf(pins);
    if (devices < 1) {
      throw new IllegalArgumentException("a mesh has at least one device, got " + devices);
    }
  }

  /** Without pins, with synchronised statistics. */
  public static SplitOptions of(Mode mode, int devices) {
    return new SplitOptions(mode, devices, Map.of(), true);
  }

  /** With the way of one layer given. */
  public SplitOptions pin(String layer, Choice c) {
    Map<String, Choice> p = new HashMap<>(pins);
    p.put(layer, c);
    return new SplitOptions(mode, devices, p, synchronised);
  }

  /** With each device's own statistics in batch normalisation, or the whole batch's. */
  public SplitOptions synchronised(boolean s) {
    return new SplitOptions(mode, devices, pins, s);
  }
}
