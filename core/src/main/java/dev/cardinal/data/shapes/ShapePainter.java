package dev.cardinal.data.shapes;

import dev.cardinal.data.Image;
import dev.cardinal.random.PhiloxRandom;

/**
 * Draws one figure: a shaded ground, clutter of short strokes, the figure at a random place, size and angle, noise. Uses only arithmetic
 * that is the same on every Java ({@code StrictMath} for angles), so that the pictures are the same everywhere.
 */
final class ShapePainter {
  /** Each pixel is covered by this many sample points a side. */
  private static final int SUBPIXELS = 4;
  private static final double CONTRAST = 70;

  private ShapePainter() {}

  static Image paint(Figure figure, PhiloxRandom random, int side) {
    double[] ground = colour(random);
    double[] ink = inkFor(ground, random);
    double[] canvas = new double[side * side * 3];
    shade(canvas, side, ground, random);
    int strokes = random.nextInt(4);
    for (int i = 0; i < strokes; i++) {
      stroke(canvas, side, colour(random), random);
    }
    figure(canvas, side, figure, ink, random);
    double noise = between(random, 3, 14);
    byte[] samples = new byte[canvas.length];
    for (int i = 0; i < samples.length; i++) {
      // A sum of three uniform numbers, scaled to variance 1: near enough to normal, and exact.
      double n = 2 * (random.nextFloat() + random.nextFloat() + random.nextFloat() - 1.5);
      samples[i] = (byte) Math.max(0, Math.min(255, Math.rint(canvas[i] + noise * n)));
    }
    return new Image(3, side, side, samples);
  }

  private static double between(PhiloxRandom random, double low, double high) {
    return low + (high - low) * random.nextFloat();
  }

  private static double[] colour(PhiloxRandom random) {
    return new double[] {between(random, 15, 240), between(random, 15, 240), between(random, 15, 240)};
  }

  private static double luma(double[] c) {
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
  }

  /** A colour that is lighter or darker than the ground by {@link #CONTRAST}, so that the figure is visible also in grey. */
  private static double[] inkFor(double[] ground, PhiloxRandom random) {
    double[] ink = colour(random);
    while (Math.abs(luma(ink) - luma(ground)) < CONTRAST) {
      ink = colour(random);
    }
    return ink;
  }

  /** The ground, lighter towards one side. */
  private static void shade(double[] canvas, int side, double[] ground, PhiloxRandom random) {
    double angle = between(random, 0, 2 * StrictMath.PI);
    double strength = between(random, 0, 40) / side;
    double dx = StrictMath.cos(angle) * strength;
    double dy = StrictMath.sin(angle) * strength;
    for (int y = 0, i = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double light = dx * (x - side / 2.0) + dy * (y - side / 2.0);
        for (int c = 0; c < 3; c++) {
          canvas[i++] = ground[c] + light;
        }
      }
    }
  }

  /** A thin short line somewhere, half transparent. */
  private static void stroke(double[] canvas, int side, double[] ink, PhiloxRandom random) {
    double x = between(random, 0, side);
    double y = between(random, 0, side);
    double angle = between(random, 0, 2 * StrictMath.PI);
    double length = between(random, 3, 9);
    double dx = StrictMath.cos(angle);
    double dy = StrictMath.sin(angle);
    for (double t = 0; t < length; t += 0.5) {
      int px = (int) (x + t * dx);
      int py = (int) (y + t * dy);
      if (px >= 0 && py >= 0 && px < side && py < side) {
        for (int c = 0; c < 3; c++) {
          int at = (py * side + px) * 3 + c;
          canvas[at] = 0.7 * canvas[at] + 0.3 * ink[c];
        }
      }
    }
  }

  private static void figure(double[] canvas, int side, Figure figure, double[] ink, PhiloxRandom random) {
    double radius = between(random, 0.26, 0.38) * side;
    double room = Math.max(0, side / 2.0 - radius - 0.5);
    double cx = side / 2.0 + between(random, -room, room);
    double cy = side / 2.0 + between(random, -room, room);
    double angle = between(random, 0, 2 * StrictMath.PI);
    double cos = StrictMath.cos(angle) / radius;
    double sin = StrictMath.sin(angle) / radius;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int hits = 0;
        for (int s = 0; s < SUBPIXELS * SUBPIXELS; s++) {
          double px = x + (s % SUBPIXELS + 0.5) / SUBPIXELS - cx;
          double py = y + (s / SUBPIXELS + 0.5) / SUBPIXELS - cy;
          if (figure.contains(px * cos + py * sin, py * cos - px * sin)) {
            hits++;
          }
        }
        double cover = (double) hits / (SUBPIXELS * SUBPIXELS);
        for (int c = 0; c < 3; c++) {
          int at = (y * side + x) * 3 + c;
          canvas[at] += cover * (ink[c] - canvas[at]);
        }
      }
    }
  }
}
