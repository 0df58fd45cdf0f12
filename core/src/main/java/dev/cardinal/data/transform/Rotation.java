package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Rotates about the middle by an angle uniform between two bounds, in degrees, counter-clockwise. The size stays; pixels are interpolated
 * bilinearly; what comes from outside takes the value of {@code fill}.
 *
 * @param from smallest angle
 * @param to largest angle
 * @param fill sample value outside the picture, 0 to 255
 */
public record Rotation(double from, double to, int fill) implements Transform {
  /** Checks the range. */
  public Rotation {
    if (!(from <= to) || fill < 0 || fill > 255) {
      throw new IllegalArgumentException("a rotation needs from <= to and a fill of 0 to 255, got " + from + ", " + to + " and " + fill);
    }
  }

  /** By up to {@code degrees} either way, on black. */
  public Rotation(double degrees) {
    this(-degrees, degrees, 0);
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    double angle = StrictMath.toRadians(Chance.between(from, to, random));
    if (angle == 0) {
      return in;
    }
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    int h = in.height();
    int w = in.width();
    int c = in.channels();
    double my = (h - 1) / 2.0;
    double mx = (w - 1) / 2.0;
    byte[] out = new byte[in.samples().length];
    for (int y = 0, o = 0; y < h; y++) {
      for (int x = 0; x < w; x++, o += c) {
        // Rows grow downwards, so this is the inverse of a counter-clockwise turn.
        double sx = mx + (x - mx) * cos - (y - my) * sin;
        double sy = my + (x - mx) * sin + (y - my) * cos;
        interpolate(in, sy, sx, out, o);
      }
    }
    return new Image(c, h, w, out);
  }

  private void interpolate(Image in, double y, double x, byte[] out, int at) {
    int y0 = (int) Math.floor(y);
    int x0 = (int) Math.floor(x);
    double fy = y - y0;
    double fx = x - x0;
    for (int c = 0; c < in.channels(); c++) {
      double upper = (1 - fx) * sample(in, y0, x0, c) + fx * sample(in, y0, x0 + 1, c);
      double lower = (1 - fx) * sample(in, y0 + 1, x0, c) + fx * sample(in, y0 + 1, x0 + 1, c);
      out[at + c] = Chance.toByte((1 - fy) * upper + fy * lower);
    }
  }

  private int sample(Image in, int y, int x, int c) {
    return y < 0 || x < 0 || y >= in.height() || x >= in.width() ? fill : in.sample(y, x, c);
  }
}
