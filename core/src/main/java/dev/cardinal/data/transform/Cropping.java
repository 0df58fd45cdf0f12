package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Region;

/** Copies rectangles out of pictures. */
final class Cropping {
  private Cropping() {}

  static Image crop(Image in, int top, int left, int height, int width) {
    return new Region(top, left, height, width).of(in);
  }

  static void requireRoom(String who, Image in, int height, int width) {
    if (in.height() < height || in.width() < width) {
      throw new IllegalArgumentException(who + " of " + height + "x" + width + " does not fit an image of " + in.height() + "x" + in.width()
          + "; resize it first");
    }
  }

  static void requireSize(String who, int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(who + " needs at least 1x1 pixels, got " + height + "x" + width);
    }
  }
}
