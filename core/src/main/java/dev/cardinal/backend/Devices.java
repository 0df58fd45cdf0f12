package dev.cardinal.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds and opens devices. */
public final class Devices {
  private static final Logger LOG = LoggerFactory.getLogger(Devices.class);
  /** Lets a device be chosen by preference. */
  public static final String AUTO = "auto";

  private Devices() {}

  /** The engines on the class path, the preferred first. */
  public static List<BackendProvider> providers() {
    List<BackendProvider> found = new ArrayList<>();
    ServiceLoader.load(BackendProvider.class).forEach(found::add);
    found.sort(Comparator.comparingInt(BackendProvider::preference).reversed());
    return found;
  }

  /** All devices, usable or not, the preferred first. */
  public static List<DeviceInfo> list() {
    return providers().stream().flatMap(p -> p.devices().stream()).toList();
  }

  /** Opens a device with default options. */
  public static Device open(String name) {
    return open(name, DeviceOptions.defaults());
  }

  /**
   * Opens a device.
   *
   * @param name {@link #AUTO}, or a name from {@link #list}
   * @throws DeviceException if there is none of that name or it cannot be used, saying why and what to do
   */
  public static Device open(String name, DeviceOptions options) {
    if (name.equals(AUTO)) {
      return openBest(options);
    }
    List<String> known = new ArrayList<>();
    for (BackendProvider p : providers()) {
      for (DeviceInfo d : p.devices()) {
        known.add(d.name());
        if (d.name().equals(name)) {
          if (!d.usable()) {
            throw new DeviceException("device " + name + " cannot be used: " + d.problem() + ". " + d.fix());
          }
          return p.open(name, options);
        }
      }
    }
    throw new DeviceException("there is no device " + name + "; devices here are " + String.join(", ", known) + ", or " + AUTO);
  }

  private static Device openBest(DeviceOptions options) {
    List<String> problems = new ArrayList<>();
    for (BackendProvider p : providers()) {
      for (DeviceInfo d : p.devices()) {
        if (!d.usable()) {
          problems.add(d.name() + ": " + d.problem());
          continue;
        }
        if (!problems.isEmpty()) {
          LOG.info("using {} ({}), because {}", d.name(), d.engine(), String.join("; ", problems));
        }
        return p.open(d.name(), options);
      }
    }
    throw new DeviceException("no usable device" + (problems.isEmpty() ? ": add cardinal-cpu or cardinal-cuda to the class path" : " (" + String.join("; ", problems) + ")"));
  }
}
