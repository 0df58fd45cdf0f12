package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;
import java.util.Arrays;

/**
 * Covers a square whose middle is any pixel, so that part of it may lie outside (DeVries and Taylor, "Improved regularization of
 * convolutional neural networks with cutout", 2017, section 3.2: side 16 for CIFAR-10, 8 for CIFAR-100).
 */
public final class Cutout implements Transform {
  private final int side;
  private final int[] fill;

  /**
   * A square of {@code side} pixels.
   *
   * @param fill what covers it, 0 to 255: one value for all channels, or one for each; the paper's zero after normalisation is
   *     {@link dev.cardinal.data.Normalize#meanBytes()}
   */
  public Cutout(int side, int... fill) {
    if (side < 1 || fill.length != 1 && fill.length != 3) {
      throw new IllegalArgumentException("a cutout needs a side of at least 1 and 1 or 3 fill values, got " + side + " and " + fill.length);
    }
    this.side = side;
    this.fill = fill.clone();
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    int top = random.nextInt(in.height()) - side / 2;
    int left = random.nextInt(in.width()) - side / 2;
    byte[] out = in.samples().clone();
    int c = in.channels();
    for (int y = Math.max(0, top); y < Math.min(in.height(), top + side); y++) {
      for (int x = Math.max(0, left); x < Math.min(in.width(), left + side); x++) {
        for (int k = 0; k < c; k++) {
          out[(y * in.width() + x) * c + k] = (byte) fill[k % fill.length];
        }
      }
    }
    return new Image(c, in.height(), in.width(), out);
  }

  @Override
  public String toString() {
    return "Cutout[side=" + side + ", fill=" + Arrays.toString(fill) + "]";
  }
}
