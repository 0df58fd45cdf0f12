package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Cuts out a rectangle, every position being equally likely.
 *
 * @param height rows kept
 * @param width columns kept
 */
public record RandomCrop(int height, int width) implements Transform {
  /** Checks the size. */
  public RandomCrop {
    Cropping.requireSize("a random crop", height, width);
  }

  /** The image must be large enough. */
  @Override
  public Image apply(Image in, PhiloxRandom random) {
    Cropping.requireRoom("a random crop", in, height, width);
    int top = random.nextInt(in.height() - height + 1);
    int left = random.nextInt(in.width() - width + 1);
    return Cropping.crop(in, top, left, height, width);
  }
}
