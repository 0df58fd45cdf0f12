package dev.cardinal.cuda.simulated;

/** What hardware would have punished, or would have let pass with wrong figures. */
public final class SimulatedFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The kinds of fault. */
  public enum Kind {
    /** Memory was touched beyond the end or before the beginning of what was given. */
    OUT_OF_BOUNDS,
    /** A kernel's access goes against the direction that was declared for its argument. */
    ACCESS,
    /** An address is no multiple of the size of the access. */
    MISALIGNED,
    /** Freed memory was used, or freed again. */
    USE_AFTER_FREE,
    /** A thing was used after it was closed. */
    USE_AFTER_CLOSE,
    /** A buffer is smaller than the descriptor says, or descriptors disagree. */
    DESCRIPTOR,
    /** One stream, or the host, touched what another had not finished with. */
    RACE,
    /** Shared memory was read that nothing was written to. */
    UNINITIALISED,
    /** Something was allocated, freed or synchronised during capture. */
    CAPTURE,
    /** A kernel was launched with arguments that do not fit its parameters. */
    ARGUMENTS,
    /** The threads of a kernel wait for each other in a way that has no end, or a trap was run into. */
    KERNEL,
    /** A call needs another context to be current to its thread. */
    CONTEXT,
    /** A context was closed before what was made from it. */
    LEAK
  }

  private final Kind kind;

  SimulatedFault(Kind kind, String message) {
    super(kind + ": " + message);
    this.kind = kind;
  }

  /** What kind of fault. */
  public Kind kind() {
    return kind;
  }
}
