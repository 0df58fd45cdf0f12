package dev.cardinal.train;

/** Training came to a loss that is not a finite number. The message names the first layer that produced one. The last checkpoint is as it was. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public DivergedException(String message) {
    super(message);
  }
}
