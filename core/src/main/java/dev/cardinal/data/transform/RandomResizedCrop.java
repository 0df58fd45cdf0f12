package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.PartTransform;
import dev.cardinal.data.Region;
import dev.cardinal.random.PhiloxRandom;

/**
 * Cuts out a rectangle of random area and proportions and resizes it (Szegedy et al., "Going deeper with convolutions", 2015, section 6).
 * The area is uniform between {@code smallest} and {@code largest} of the picture's, the logarithm of width / height uniform up to
 * {@code aspect} either way; after ten rectangles that do not fit, the largest centred one with allowed proportions is taken.
 *
 * @param height rows of the result
 * @param width columns of the result
 * @param smallest smallest part of the area; customary 0.08
 * @param largest largest part of the area, at most 1
 * @param aspect largest ratio of the sides, at least 1; customary 4/3
 */
public record RandomResizedCrop(int height, int width, double smallest, double largest, double aspect) implements PartTransform {
  private static final int ATTEMPTS = 10;

  /** Checks the ranges. */
  public RandomResizedCrop {
    Cropping.requireSize("a random resized crop", height, width);
    if (!(smallest > 0 && smallest <= largest && largest <= 1 && aspect >= 1)) {
      throw new IllegalArgumentException("a random resized crop needs 0 < smallest <= largest <= 1 and aspect >= 1, got " + smallest + ", "
          + largest + " and " + aspect);
    }
  }

  /** With the customary ranges: 8 to 100 % of the area, proportions from 3:4 to 4:3. */
  public RandomResizedCrop(int height, int width) {
    this(height, width, 0.08, 1, 4.0 / 3);
  }

  @Override
  public Region part(int h, int w, PhiloxRandom random) {
    double log = StrictMath.log(aspect);
    for (int i = 0; i < ATTEMPTS; i++) {
      double area = Chance.between(smallest, largest, random) * h * w;
      double ratio = StrictMath.exp(Chance.between(-log, log, random));
      int cw = (int) Math.rint(Math.sqrt(area * ratio));
      int ch = (int) Math.rint(Math.sqrt(area / ratio));
      if (cw > 0 && ch > 0 && cw <= w && ch <= h) {
        int top = random.nextInt(h - ch + 1);
        int left = random.nextInt(w - cw + 1);
        return new Region(top, left, ch, cw);
      }
    }
    int ch = Math.min(h, Math.max(1, (int) (w * aspect)));
    int cw = Math.min(w, Math.max(1, (int) (h * aspect)));
    return new Region((h - ch) / 2, (w - cw) / 2, ch, cw);
  }

  @Override
  public Image applyToPart(Image part) {
    return Resampling.resize(part, height, width);
  }
}
