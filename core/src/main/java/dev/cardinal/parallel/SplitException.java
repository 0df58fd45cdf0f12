package dev.cardinal.parallel;

/** A network that cannot be divided as asked. The message names the layer, the numbers and the fix. */
public final class SplitException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public SplitException(String message) {
    super(message);
  }
}
