package dev.cardinal.cuda.natives;

import dev.cardinal.backend.DeviceException;

/** A native library that cannot be found, prepared or loaded. The message is a sentence naming it and the fix. */
public final class NativesException extends DeviceException {
  private static final long serialVersionUID = 1;

  NativesException(String message) {
    super(message);
  }

  NativesException(String message, Throwable cause) {
    super(message, cause);
  }
}
