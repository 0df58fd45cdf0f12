package dev.cardinal.command.profile;

/**
 * One launch in one run.
 *
 * @param device rank of the device in a mesh, or an empty text
 * @param layer path of the layer
 * @param gradient whether the launch belongs to the layer's gradients
 * @param op kind of operation
 * @param kernel what ran it
 * @param seconds time of one run
 * @param macs multiply-adds of one run
 * @param bytes read and written in one run
 */
public record Launch(String device, String layer, boolean gradient, String op, String kernel, double seconds, long macs, long bytes) {
  /** Arithmetic, two operations a multiply-add. */
  public double gflops() {
    return seconds > 0 ? 2e-9 * macs / seconds : 0;
  }

  /** Traffic. */
  public double gigabytes() {
    return seconds > 0 ? 1e-9 * bytes / seconds : 0;
  }
}
