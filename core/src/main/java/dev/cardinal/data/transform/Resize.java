package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Brings pictures to a size, bilinearly; when shrinking, the triangular filter widens with the ratio so that nothing aliases (what Pillow
 * and torchvision's {@code antialias=True} do).
 *
 * <p>Either to exact height and width, or so that the shorter side gets a length and the proportions stay.
 */
public final class Resize implements Transform {
  private final int height;
  private final int width;

  /** To exactly this size; proportions may change. */
  public Resize(int height, int width) {
    Cropping.requireSize("a resize", height, width);
    this.height = height;
    this.width = width;
  }

  private Resize(int shorter) {
    this.height = shorter;
    this.width = 0;
  }

  /** The shorter side becomes {@code length}, the longer one follows in proportion, rounded down. */
  public static Resize shorterSide(int length) {
    Cropping.requireSize("a resize", length, length);
    return new Resize(length);
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    if (width > 0) {
      return Resampling.resize(in, height, width);
    }
    int h = in.height();
    int w = in.width();
    return h <= w ? Resampling.resize(in, height, longer(w, h)) : Resampling.resize(in, longer(h, w), height);
  }

  private int longer(int longSide, int shortSide) {
    return Math.toIntExact((long) height * longSide / shortSide);
  }

  @Override
  public String toString() {
    return width > 0 ? "Resize[height=" + height + ", width=" + width + "]" : "Resize[shorterSide=" + height + "]";
  }
}
