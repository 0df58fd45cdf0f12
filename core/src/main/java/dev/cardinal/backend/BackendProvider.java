package dev.cardinal.backend;

import java.util.List;

/** One engine, found through {@link java.util.ServiceLoader}. Providers are cheap to make: nothing native is loaded before {@link #devices} or {@link #open}. */
public interface BackendProvider {
  /** The prefix of its devices' names, as in {@code cpu}, {@code cpu:reference}, {@code cuda}. */
  String name();

  /** Order of choice for {@code auto}: the usable device of the highest preference wins. */
  int preference();

  /** The devices this engine would drive, usable or not; an unusable one says why and what to do about it. Never throws for a missing library or driver. */
  List<DeviceInfo> devices();

  /**
   * Opens one of its devices.
   *
   * @param name a name from {@link #devices}
   * @throws DeviceException if it cannot be used
   */
  Device open(String name, DeviceOptions options);
}
