package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;

/**
 * A transform that begins by taking a part of the picture, chosen by the picture's size and by chance alone. Where it is a pipeline's first, only that part needs to be decoded.
 */
public interface PartTransform extends Transform {
  /** The part of a picture of this size. */
  Region part(int height, int width, PhiloxRandom random);

  /** The rest of the transform, on that part; draws no random numbers. */
  Image applyToPart(Image part);

  @Override
  default Image apply(Image in, PhiloxRandom random) {
    return applyToPart(part(in.height(), in.width(), random).of(in));
  }
}
