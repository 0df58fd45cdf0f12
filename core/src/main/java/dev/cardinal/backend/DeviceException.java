package dev.cardinal.backend;

/** A device that cannot be used, or cannot do what is asked of it. The message is a sentence naming the thing, the values and the fix. */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public DeviceException(String message) {
    super(message);
  }

  /** With the sentence to show and what caused it. */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
