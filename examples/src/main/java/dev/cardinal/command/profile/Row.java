package dev.cardinal.command.profile;

/**
 * A sum over launches of one run.
 *
 * @param name kind of operation, or layer
 * @param seconds all of them
 * @param gradientSeconds those that belong to gradients
 * @param macs multiply-adds
 * @param bytes read and written
 * @param launches how many
 */
public record Row(String name, double seconds, double gradientSeconds, long macs, long bytes, int launches) {
  static Row of(String name, Launch l) {
    return new Row(name, l.seconds(), l.gradient() ? l.seconds() : 0, l.macs(), l.bytes(), 1);
  }

  Row plus(Row o) {
    return new Row(name, seconds + o.seconds, gradientSeconds + o.gradientSeconds, macs + o.macs, bytes + o.bytes, launches + o.launches);
  }

  /** Arithmetic, two operations a multiply-add. */
  public double gflops() {
    return seconds > 0 ? 2e-9 * macs / seconds : 0;
  }

  /** Traffic. */
  public double gigabytes() {
    return seconds > 0 ? 1e-9 * bytes / seconds : 0;
  }
}
