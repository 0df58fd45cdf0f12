package dev.cardinal.parallel;

/** What is divided over the devices of a mesh. */
public enum Mode {
  /** Nothing: one device. */
  NONE,
  /** Channels: grouped convolutions by their groups, dense layers by their outputs or inputs (Krizhevsky et al. 2012, section 3.5). */
  GROUPS,
  /** Samples: every device has the whole network, gradients are summed. */
  DATA,
  /** Samples in convolutions, features in fully connected layers (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014). */
  HYBRID;

  /**
   * By its name in lower case.
   *
   * @throws IllegalArgumentException if there is none, listing the names
   */
  public static Mode of(String name) {
    for (Mode m : values()) {
      if (m.name().toLowerCase(java.util.Locale.ROOT).equals(name)) {
        return m;
      }
    }
    throw new IllegalArgumentException("there is no parallel mode " + name + "; use none, groups, data or hybrid");
  }
}
