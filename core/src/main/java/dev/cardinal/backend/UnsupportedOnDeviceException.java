package dev.cardinal.backend;

/** An operation or element type that a device does not compute, though others may. */
public final class UnsupportedOnDeviceException extends DeviceException {
  private static final long serialVersionUID = 1;

  /** With the sentence to show. */
  public UnsupportedOnDeviceException(String message) {
    super(message);
  }
}
