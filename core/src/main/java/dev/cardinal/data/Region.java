package dev.cardinal.data;

/**
 * A rectangle of a picture, in pixels.
 *
 * @param top first row
 * @param left first column
 * @param height rows, at least one
 * @param width columns, at least one
 */
public record Region(int top, int left, int height, int width) {
  /** Picks a region once a picture's size is known: a pure function of the size. */
  @FunctionalInterface
  public interface Choice {
    /** A region inside a picture of {@code height × width}. */
    Region of(int height, int width);
  }

  /** Checks that there is something in it. */
  public Region {
    if (top < 0 || left < 0 || height < 1 || width < 1) {
      throw new IllegalArgumentException("a region has at least 1x1 pixels and begins inside its picture, got " + height + "x" + width + " at row " + top + ", column " + left);
    }
  }

  /** All of a picture. */
  public static Region whole(int height, int width) {
    return new Region(0, 0, height, width);
  }

  /** Whether it lies inside a picture of this size. */
  public boolean fits(int pictureHeight, int pictureWidth) {
    return height <= pictureHeight - top && width <= pictureWidth - left;
  }

  /**
   * This part of a picture, copied; the picture itself if it is all of it.
   *
   * @throws IllegalArgumentException if the region reaches beyond the picture
   */
  public Image of(Image in) {
    if (!fits(in.height(), in.width())) {
      throw new IllegalArgumentException("a region of " + height + "x" + width + " at row " + top + ", column " + left + " reaches beyond an image of " + in.height() + "x" + in.width());
    }
    if (height == in.height() && width == in.width()) {
      return in;
    }
    int c = in.channels();
    byte[] out = new byte[height * width * c];
    for (int y = 0; y < height; y++) {
      System.arraycopy(in.samples(), ((top + y) * in.width() + left) * c, out, y * width * c, width * c);
    }
    return new Image(c, height, width, out);
  }
}
