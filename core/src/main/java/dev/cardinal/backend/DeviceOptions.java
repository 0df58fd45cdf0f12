package dev.cardinal.backend;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How to drive a device.
 *
 * @param threads worker threads of a CPU engine; 0 for one per available processor
 * @param deterministic whether only algorithms that give the same bits from run to run may be chosen
 * @param precision the arithmetic of products; an engine without the asked one refuses
 */
public record DeviceOptions(int threads, boolean deterministic, Precision precision) {
  /** In float32. */
  public DeviceOptions(int threads, boolean deterministic) {
    this(threads, deterministic, Precision.FLOAT32);
  }

  /**
   * For engines that do not know every precision.
   *
   * @param device the device's name
   * @param known the precisions that it has
   * @throws DeviceException if another one is asked for
   */
  public DeviceOptions requirePrecision(String device, Precision... known) {
    if (!List.of(known).contains(precision)) {
      String have = Stream.of(known).map(DeviceOptions::name).collect(Collectors.joining(" or "));
      throw new DeviceException(device + " computes in " + have + ", not in " + name(precision) + "; use --precision " + name(known[known.length - 1]));
    }
    return this;
  }

  private static String name(Precision p) {
    return p.name().toLowerCase(Locale.ROOT);
  }

  /** One thread per processor; the CPU engines are deterministic whatever this says. */
  public static DeviceOptions defaults() {
    return new DeviceOptions(0, false);
  }
}
