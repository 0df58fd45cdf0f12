package dev.cardinal.op;

/** Inputs that do not fit an operation. The message is a sentence naming the sizes and the fix; the graph prefixes the node's name. */
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public ShapeException(String message) {
    super(message);
  }

  /** With the sentence to show and the exception that it explains. */
  public ShapeException(String message, Throwable cause) {
    super(message, cause);
  }
}
