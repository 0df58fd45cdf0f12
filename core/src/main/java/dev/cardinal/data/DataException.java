package dev.cardinal.data;

import java.io.IOException;

/** Data that cannot be used as it is. The message is one sentence that names the file or folder and says what to do. */
public class DataException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An error with this message. */
  public DataException(String message) {
    super(message);
  }

  /** An error with this message, raised because of another. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
