package dev.cardinal.backend;

import java.util.Map;

/**
 * What is known of a device before it is opened.
 *
 * @param name as the command line takes it: {@code cpu}, {@code cpu:reference}, {@code cuda:0}
 * @param engine what runs it, with versions, as in {@code oneDNN 3.11}
 * @param hardware as in a processor's or GPU's name
 * @param usable whether it can be opened
 * @param problem why not; empty if usable
 * @param fix the one thing to do about it; empty if usable
 * @param details anything else worth showing, in order
 */
public record DeviceInfo(String name, String engine, String hardware, boolean usable, String problem, String fix, Map<String, String> details) {
  /** A device that can be opened. */
  public static DeviceInfo usable(String name, String engine, String hardware, Map<String, String> details) {
    return new DeviceInfo(name, engine, hardware, true, "", "", details);
  }

  /** A device that cannot be opened. */
  public static DeviceInfo unusable(String name, String engine, String problem, String fix, Map<String, String> details) {
    return new DeviceInfo(name, engine, "", false, problem, fix, details);
  }
}
