package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Random changes of brightness, contrast, saturation and hue, in this order. A strength {@code s} of the first three draws a factor
 * {@code f} uniform in {@code [max(0, 1 − s), 1 + s]}: brightness multiplies every sample by {@code f}; contrast blends with the mean luma of
 * the picture, {@code mean + f·(v − mean)}; saturation blends each pixel with its own luma. Hue turns the colours by an angle uniform in
 * {@code [−hue, hue]} turns about the grey axis, in YIQ coordinates. Grey pictures know brightness and contrast only.
 *
 * @param brightness strength, at least 0
 * @param contrast strength, at least 0
 * @param saturation strength, at least 0
 * @param hue turns, 0 to 0.5
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue) implements Transform {
  private static final int FRACTION = 16;
  /** Far beyond white; three of them fit 32 bits. */
  private static final double MOST = 10_000;

  /** Checks the strengths. */
  public ColorJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
      throw new IllegalArgumentException("colour jitter needs strengths of at least 0 and a hue of 0 to 0.5, got " + brightness + ", " + contrast
          + ", " + saturation + ", " + hue);
    }
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    double b = factor(brightness, random);
    double c = factor(contrast, random);
    double s = factor(saturation, random);
    double turn = Chance.between(-hue, hue, random) * 2 * StrictMath.PI;
    byte[] from = in.samples();
    byte[] out = new byte[from.length];
    // Brightness and contrast are v → c·b·v + (1 − c)·mean, where the mean is that of the brightened picture.
    double gain = c * b;
    double shift = (1 - c) * b * meanLuma(in);
    if (in.channels() == 1) {
      for (int i = 0; i < out.length; i++) {
        out[i] = Chance.toByte(gain * (from[i] & 0xff) + shift);
      }
      return new Image(1, in.height(), in.width(), out);
    }
    double[] m = saturationAndHue(s, turn);
    int[][] parts = new int[9][256];
    for (int k = 0; k < 9; k++) {
      // Every row of the matrix sums to 1, because greys stay greys: the shift and the half for rounding go with the first column.
      double constant = k % 3 == 0 ? shift + 0.5 : 0;
      for (int v = 0; v < 256; v++) {
        parts[k][v] = (int) Math.rint(Math.max(-MOST, Math.min(MOST, m[k] * gain * v + constant)) * (1 << FRACTION));
      }
    }
    for (int row = 0; row < 3; row++) {
      mix(parts[3 * row], parts[3 * row + 1], parts[3 * row + 2], from, out, row);
    }
    return new Image(3, in.height(), in.width(), out);
  }

  /** One channel of the result, in fixed point. */
  private static void mix(int[] ofRed, int[] ofGreen, int[] ofBlue, byte[] from, byte[] out, int channel) {
    for (int i = 0; i < out.length - 2; i += 3) {
      int v = ofRed[from[i] & 0xff] + ofGreen[from[i + 1] & 0xff] + ofBlue[from[i + 2] & 0xff] >> FRACTION;
      out[i + channel] = (byte) Math.max(0, Math.min(255, v));
    }
  }

  private static double factor(double strength, PhiloxRandom random) {
    return Chance.between(Math.max(0, 1 - strength), 1 + strength, random);
  }

  private static double meanLuma(Image in) {
    byte[] s = in.samples();
    if (in.channels() == 1) {
      long sum = 0;
      for (byte v : s) {
        sum += v & 0xff;
      }
      return (double) sum / s.length;
    }
    long red = 0;
    long green = 0;
    long blue = 0;
    for (int i = 0; i < s.length - 2; i += 3) {
      red += s[i] & 0xff;
      green += s[i + 1] & 0xff;
      blue += s[i + 2] & 0xff;
    }
    return (0.299 * red + 0.587 * green + 0.114 * blue) * 3 / s.length;
  }

  /**
   * The matrix on (R, G, B) that scales chroma by {@code s} and turns it by {@code angle}, keeping luma: each unit vector is taken to
   * YIQ (the NTSC matrix), its I and Q are turned and scaled, and it is taken back by the exact inverse, found from the definitions
   * Y = luma, I = 0.736(R − Y) − 0.268(B − Y), Q = 0.478(R − Y) + 0.413(B − Y).
   */
  private static double[] saturationAndHue(double s, double angle) {
    double cos = s * StrictMath.cos(angle);
    double sin = s * StrictMath.sin(angle);
    double det = 0.736 * 0.413 + 0.268 * 0.478;
    double[] m = new double[9];
    for (int k = 0; k < 3; k++) {
      double y = k == 0 ? 0.299 : k == 1 ? 0.587 : 0.114;
      double ry = (k == 0 ? 1 : 0) - y;
      double by = (k == 2 ? 1 : 0) - y;
      double i = 0.736 * ry - 0.268 * by;
      double q = 0.478 * ry + 0.413 * by;
      double i2 = cos * i - sin * q;
      double q2 = sin * i + cos * q;
      double ry2 = (0.413 * i2 + 0.268 * q2) / det;
      double by2 = (0.736 * q2 - 0.478 * i2) / det;
      m[k] = y + ry2;
      m[6 + k] = y + by2;
      // 0.299 (R − Y) + 0.587 (G − Y) + 0.114 (B − Y) = 0.
      m[3 + k] = y - (0.299 * ry2 + 0.114 * by2) / 0.587;
    }
    return m;
  }
}
