package dev.cardinal.backend;

/**
 * How to drive a device.
 *
 * @param threads worker threads of a CPU engine; 0 for one per available processor
 * @param deterministic whether only algorithms that give the same bits from run to run may be chosen
 * @param precision the arithmetic of products; an engine without the asked one uses {@link Precision#FLOAT32}
 */
public record DeviceOptions(int threads, boolean deterministic, Precision precision) {
  /** In float32. */
  public DeviceOptions(int threads, boolean deterministic) {
    this(threads, deterministic, Precision.FLOAT32);
  }

  /** One thread per processor; the CPU engines are deterministic whatever this says. */
  public static DeviceOptions defaults() {
    return new DeviceOptions(0, false);
  }
}
