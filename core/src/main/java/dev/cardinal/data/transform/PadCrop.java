package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Pads every side and cuts the original size out again at a random place: a shift by up to {@code padding} pixels (Lee et al.,
 * "Deeply-supervised nets", 2015, for CIFAR).
 *
 * @param padding pixels added on each side
 * @param mode what they are
 */
public record PadCrop(int padding, Mode mode) implements Transform {
  /** What padding consists of. */
  public enum Mode {
    /** Zero bytes: black. */
    ZERO,
    /** The picture mirrored, the border pixel not repeated. */
    REFLECT
  }

  /** Checks the padding. */
  public PadCrop {
    if (padding < 0) {
      throw new IllegalArgumentException("padding must not be negative, got " + padding);
    }
  }

  /** Never makes the padded picture: each pixel is looked up where the shift says. */
  @Override
  public Image apply(Image in, PhiloxRandom random) {
    int h = in.height();
    int w = in.width();
    if (mode == Mode.REFLECT && (padding >= h || padding >= w)) {
      throw new IllegalArgumentException("reflecting " + padding + " pixels needs a larger image than " + h + "x" + w + "; pad less");
    }
    int dy = random.nextInt(2 * padding + 1) - padding;
    int dx = random.nextInt(2 * padding + 1) - padding;
    if (dy == 0 && dx == 0) {
      return in;
    }
    int c = in.channels();
    byte[] from = in.samples();
    byte[] out = new byte[from.length];
    for (int y = 0; y < h; y++) {
      int sy = mode == Mode.REFLECT ? reflected(y + dy, h) : y + dy;
      if (sy < 0 || sy >= h) {
        continue;
      }
      // Columns whose source lies inside the picture; they are one contiguous run.
      int first = Math.max(0, -dx);
      int end = Math.max(first, Math.min(w, w - dx));
      if (end > first) {
        System.arraycopy(from, (sy * w + first + dx) * c, out, (y * w + first) * c, (end - first) * c);
      }
      if (mode == Mode.REFLECT) {
        for (int x = 0; x < first; x++) {
          System.arraycopy(from, (sy * w + reflected(x + dx, w)) * c, out, (y * w + x) * c, c);
        }
        for (int x = end; x < w; x++) {
          System.arraycopy(from, (sy * w + reflected(x + dx, w)) * c, out, (y * w + x) * c, c);
        }
      }
    }
    return new Image(c, h, w, out);
  }

  private static int reflected(int v, int size) {
    return v < 0 ? -v : v >= size ? 2 * (size - 1) - v : v;
  }
}
