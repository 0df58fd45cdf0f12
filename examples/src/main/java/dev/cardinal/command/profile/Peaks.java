package dev.cardinal.command.profile;

/**
 * What a device can do at most, as measured on it.
 *
 * @param gflops arithmetic of its best large convolution or matrix product, two operations a multiply-add
 * @param gigabytes traffic per second of a pass over memory that no cache holds, bytes read and bytes written both counted
 */
public record Peaks(double gflops, double gigabytes) {
  /** The shortest time in which so much traffic can pass. */
  double memorySeconds(long bytes) {
    return 1e-9 * bytes / gigabytes;
  }

  /** The shortest time in which so much can be computed. */
  double arithmeticSeconds(long macs) {
    return 2e-9 * macs / gflops;
  }

  /** The part of a time that both limits together explain: 1 where a launch is as fast as the machine allows; above 1 where caches serve it. */
  double reached(long macs, long bytes, double seconds) {
    return seconds > 0 ? Math.max(memorySeconds(bytes), arithmeticSeconds(macs)) / seconds : 0;
  }
}
