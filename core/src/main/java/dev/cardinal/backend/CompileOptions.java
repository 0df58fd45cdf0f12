package dev.cardinal.backend;

/**
 * What to make of a graph.
 *
 * @param profile whether runs are timed node by node, at some cost, for {@link Program#profile}
 */
public record CompileOptions(boolean profile) {
  /** No profile. */
  public static CompileOptions defaults() {
    return new CompileOptions(false);
  }
}
