package dev.cardinal.data.image;

/** The picture formats that are read, recognised by their first bytes; a file's name decides nothing. */
public enum ImageFormat {
  /** JPEG, baseline and progressive. */
  JPEG("JPEG"),
  /** PNG. */
  PNG("PNG"),
  /** GIF; of an animation, the first image. */
  GIF("GIF"),
  /** Windows bitmap. */
  BMP("BMP"),
  /** WebP, lossy and lossless. */
  WEBP("WebP");

  private final String title;

  ImageFormat(String title) {
    this.title = title;
  }

  /** The format of a file that begins with these bytes, or null if it is none of these. */
  public static ImageFormat of(byte[] file, int length) {
    if (length >= 3 && is(file, 0, 0xFF, 0xD8, 0xFF)) {
      return JPEG;
    }
    if (length >= 8 && is(file, 0, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n')) {
      return PNG;
    }
    if (length >= 6 && (is(file, 0, 'G', 'I', 'F', '8', '7', 'a') || is(file, 0, 'G', 'I', 'F', '8', '9', 'a'))) {
      return GIF;
    }
    if (length >= 12 && is(file, 0, 'R', 'I', 'F', 'F') && is(file, 8, 'W', 'E', 'B', 'P')) {
      return WEBP;
    }
    // Two letters are weak evidence; the four reserved bytes are zero in every bitmap.
    if (length >= 14 && is(file, 0, 'B', 'M') && is(file, 6, 0, 0, 0, 0)) {
      return BMP;
    }
    return null;
  }

  private static boolean is(byte[] file, int at, int... expected) {
    for (int i = 0; i < expected.length; i++) {
      if ((file[at + i] & 0xff) != expected[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return title;
  }
}
