package dev.cardinal.data.transform;

import dev.cardinal.random.PhiloxRandom;

/** Draws from distributions, with arithmetic that is the same on every Java. */
final class Chance {
  private Chance() {}

  static void check(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("a probability lies between 0 and 1, got " + probability);
    }
  }

  static boolean happens(double probability, PhiloxRandom random) {
    return random.nextFloat() < probability;
  }

  static double between(double low, double high, PhiloxRandom random) {
    return low + (high - low) * random.nextFloat();
  }

  /** A standard normal number (Box and Muller, 1958). */
  static double gaussian(PhiloxRandom random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - (double) random.nextFloat()));
    return radius * StrictMath.cos(2 * StrictMath.PI * random.nextFloat());
  }

  static byte toByte(double v) {
    return (byte) Math.max(0, Math.min(255, (int) Math.floor(v + 0.5)));
  }
}
