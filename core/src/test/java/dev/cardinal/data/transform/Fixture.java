package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/** Small pictures and generators for tests of transforms. */
final class Fixture {
  static final int SEEDS = 200;

  private Fixture() {}

  /** Every sample differs from its neighbours and tells its place. */
  static Image numbered(int channels, int height, int width) {
    byte[] s = new byte[channels * height * width];
    for (int i = 0; i < s.length; i++) {
      s[i] = (byte) (i * 7 + 11);
    }
    return new Image(channels, height, width, s);
  }

  static Image grey(int width, int... samples) {
    byte[] s = new byte[samples.length];
    for (int i = 0; i < s.length; i++) {
      s[i] = (byte) samples[i];
    }
    return new Image(1, samples.length / width, width, s);
  }

  static PhiloxRandom random(int seed) {
    return new PhiloxRandom(99, seed);
  }

  static Image apply(Transform t, Image in) {
    return t.apply(in, random(0));
  }
}
