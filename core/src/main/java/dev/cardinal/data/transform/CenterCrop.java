package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * Cuts out the middle.
 *
 * @param height rows kept
 * @param width columns kept
 */
public record CenterCrop(int height, int width) implements Transform {
  /** Checks the size. */
  public CenterCrop {
    Cropping.requireSize("a centre crop", height, width);
  }

  /** The middle, rounded towards the upper left. The image must be large enough. */
  @Override
  public Image apply(Image in, PhiloxRandom random) {
    Cropping.requireRoom("a centre crop", in, height, width);
    return Cropping.crop(in, (in.height() - height) / 2, (in.width() - width) / 2, height, width);
  }
}
