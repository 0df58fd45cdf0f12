package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;

/**
 * A step from picture to picture. It is a pure function of the picture and the numbers it draws: the same generator state gives the same
 * result, on any thread. It never writes into the picture it is given and may return that picture itself. Immutable, thread-safe.
 */
@FunctionalInterface
public interface Transform {
  /** The transformed picture. */
  Image apply(Image in, PhiloxRandom random);
}
