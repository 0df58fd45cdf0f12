package dev.cardinal.cuda.simulated;

/** A source that the host's compiler refuses. */
final class HostCompilerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  HostCompilerException(String name, String log) {
    super(name + " does not compile on the host:\n" + log);
  }
}
