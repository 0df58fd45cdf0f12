package dev.cardinal.backend.mesh;

import java.util.List;

/** Closes what belongs to several devices: all of it, even if closing one part fails. */
final class Closing {
  private Closing() {}

  /** Closes everything; throws the first failure afterwards, with the others suppressed. */
  static void all(List<? extends AutoCloseable> parts) {
    RuntimeException first = null;
    for (AutoCloseable p : parts) {
      try {
        p.close();
      } catch (Exception e) {
        RuntimeException r = e instanceof RuntimeException x ? x : new IllegalStateException(e);
        if (first == null) {
          first = r;
        } else {
          first.addSuppressed(r);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
