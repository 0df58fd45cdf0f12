package dev.cardinal.backend;

/**
 * What to make of a graph.
 *
 * @param profile whether runs are timed node by node, at some cost, for {@link Program#profile}
 * @param link the way to the other devices, for a graph with {@linkplain dev.cardinal.op.Collective collectives}; null if there are none
 */
public record CompileOptions(boolean profile, Link link) {
  /** For a device by itself. */
  public CompileOptions(boolean profile) {
    this(profile, null);
  }

  /** No profile. */
  public static CompileOptions defaults() {
    return new CompileOptions(false);
  }

  /** With a way to the other devices. */
  public CompileOptions withLink(Link l) {
    return new CompileOptions(profile, l);
  }
}
