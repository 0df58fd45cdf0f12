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
    for (int i = 0; i < out.length; i += 3) {
      double red = gain * (from[i] & 0xff) + shift;
      double green = gain * (from[i + 1] & 0xff) + shift;
      double blue = gain * (from[i + 2] & 0xff) + shift;
      out[i] = Chance.toByte(m[0] * red + m[1] * green + m[2] * blue);
      out[i + 1] = Chance.toByte(m[3] * red + m[4] * green + m[5] * blue);
      out[i + 2] = Chance.toByte(m[6] * red + m[7] * green + m[8] * blue);
    }
    return new Image(3, in.height(), in.width(), out);
  }

  private static double factor(double strength, PhiloxRandom random) {
    return Chance.between(Math.max(0, 1 - strength), 1 + strength, random);
  }

  private static double meanLuma(Image in) {
    Image grey = in.withChannels(1);
    long sum = 0;
    for (byte v : grey.samples()) {
      sum += v & 0xff;
    }
    return (double) sum / grey.samples().length;
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
