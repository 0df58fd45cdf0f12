package dev.cardinal.parallel;

import java.util.List;

/**
 * What joins devices, and how fast they are: the assumptions of an estimate.
 *
 * @param name for people
 * @param bytesPerSecond that one device receives while all do
 * @param latency seconds that a collective takes besides, for each halving of the number of devices
 * @param flops floating-point operations that one device does in a second on convolutions, in practice
 */
public record Interconnect(String name, double bytesPerSecond, double latency, double flops) {
  private static final double DEVICE = 10e12;

  /** PCI Express 4 with 16 lanes, of whose 32 GB/s about 25 are reached. */
  public static final Interconnect PCIE4 = new Interconnect("PCIe 4", 25e9, 10e-6, DEVICE);
  /** NVLink of the third generation: 300 GB/s in each direction. */
  public static final Interconnect NVLINK = new Interconnect("NVLink", 300e9, 5e-6, DEVICE);
  /** 100 Gb/s Ethernet, a card per device, of whose 12.5 GB/s about 11 are reached. */
  public static final Interconnect ETHERNET = new Interconnect("100 Gb/s Ethernet", 11e9, 30e-6, DEVICE);

  /** The three. */
  public static List<Interconnect> all() {
    return List.of(PCIE4, NVLINK, ETHERNET);
  }

  /** The assumptions in a line. */
  public String assumptions() {
    return String.format(java.util.Locale.ROOT, "%s: %.0f GB/s received by each device, %.0f us per collective and halving, %.0f TFLOP/s per device", name, bytesPerSecond / 1e9, latency * 1e6, flops / 1e12);
  }
}
