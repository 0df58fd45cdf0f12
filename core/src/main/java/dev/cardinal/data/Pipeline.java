package dev.cardinal.data;

import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/**
 * What happens to a picture between the data set and the network: transforms in order, then normalisation into the planes of a
 * {@code [channels, height, width]} block of floats. Pictures are first brought to the number of channels that the normalisation has.
 * Immutable, thread-safe.
 *
 * @param height rows after the transforms
 * @param width columns after the transforms
 * @param transforms the steps, in order
 * @param normalize the last step
 */
public record Pipeline(int height, int width, List<Transform> transforms, Normalize normalize) {
  /** Copies the list. */
  public Pipeline {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("a pipeline makes images of at least 1x1 pixels, got " + height + "x" + width);
    }
    transforms = List.copyOf(transforms);
  }

  /** Channels of the result: 1 or 3. */
  public int channels() {
    return normalize.channels();
  }

  /** Number of floats of one result: channels × height × width. */
  public int length() {
    return Math.multiplyExact(Math.multiplyExact(channels(), height), width);
  }

  /** The picture after the transforms, before normalisation. */
  public Image transform(Image in, PhiloxRandom random) {
    return transform(in, in.withChannels(channels()), 0, random);
  }

  private Image transform(Image in, Image begun, int from, PhiloxRandom random) {
    Image image = begun;
    for (Transform t : transforms.subList(from, transforms.size())) {
      image = t.apply(image, random);
    }
    if (image.height() != height || image.width() != width) {
      throw new IllegalArgumentException("an image of " + in.height() + "x" + in.width() + " is " + image.height() + "x" + image.width()
          + " after the transforms, the pipeline makes " + height + "x" + width + "; add a resize or a crop");
    }
    return image;
  }

  /** Writes the transformed, normalised picture to {@code out[at … at + length() − 1]}, plane after plane. */
  public void apply(Image in, PhiloxRandom random, float[] out, int at) {
    normalize.write(transform(in, random), out, at);
  }

  /**
   * The same for a sample of a data set, of which no more is decoded than the first transform takes.
   *
   * @param random gives the sample's generator at its beginning, as often as it is asked
   * @throws IOException if the sample cannot be read or decoded
   */
  public void apply(Dataset data, int sample, Supplier<PhiloxRandom> random, float[] out, int at) throws IOException {
    if (transforms.isEmpty() || !(transforms.get(0) instanceof PartTransform first)) {
      apply(data.image(sample), random.get(), out, at);
      return;
    }
    // Asked again where a broken picture is replaced by another, whose part must not depend on the broken one.
    PhiloxRandom[] used = new PhiloxRandom[1];
    Image part = data.part(sample, (h, w) -> first.part(h, w, used[0] = random.get()));
    normalize.write(transform(part, first.applyToPart(part.withChannels(channels())), 1, used[0]), out, at);
  }
}
