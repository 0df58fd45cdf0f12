package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Mirrors left and right with a probability.
 *
 * @param probability 0 to 1; customary 0.5
 */
public record HorizontalFlip(double probability) implements Transform {
  /** Checks the probability. */
  public HorizontalFlip {
    Chance.check(probability);
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    return Chance.happens(probability, random) ? mirrored(in) : in;
  }

  static Image mirrored(Image in) {
    int w = in.width();
    int c = in.channels();
    byte[] from = in.samples();
    byte[] out = new byte[from.length];
    for (int y = 0; y < in.height(); y++) {
      int o = y * w * c;
      int i = o + (w - 1) * c;
      for (int x = 0; x < w; x++, i -= c, o += c) {
        out[o] = from[i];
        if (c == 3) {
          out[o + 1] = from[i + 1];
          out[o + 2] = from[i + 2];
        }
      }
    }
    return new Image(c, in.height(), w, out);
  }
}
