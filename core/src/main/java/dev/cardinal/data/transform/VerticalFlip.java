package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Turns upside down (mirrored, not rotated) with a probability.
 *
 * @param probability 0 to 1
 */
public record VerticalFlip(double probability) implements Transform {
  /** Checks the probability. */
  public VerticalFlip {
    Chance.check(probability);
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    if (!Chance.happens(probability, random)) {
      return in;
    }
    int row = in.width() * in.channels();
    byte[] out = new byte[in.samples().length];
    for (int y = 0; y < in.height(); y++) {
      System.arraycopy(in.samples(), y * row, out, (in.height() - 1 - y) * row, row);
    }
    return new Image(in.channels(), in.height(), in.width(), out);
  }
}
