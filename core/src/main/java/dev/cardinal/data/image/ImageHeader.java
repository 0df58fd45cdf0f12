package dev.cardinal.data.image;

import dev.cardinal.data.DataException;

/**
 * What a picture file says about itself before it is decoded.
 *
 * @param format the format its first bytes are those of
 * @param width columns
 * @param height rows
 */
public record ImageHeader(ImageFormat format, int width, int height) {
  /** Pixels of the decoded picture. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * Reads the header at the beginning of a file.
   *
   * @param file the file's bytes, or its first bytes
   * @param length how many of them are there
   * @return the header, or null if it lies beyond {@code length}
   * @throws DataException if these are no bytes of a known format, or the header makes no sense
   */
  public static ImageHeader read(byte[] file, int length) throws DataException {
    ImageFormat format = ImageFormat.of(file, length);
    if (format == null) {
      throw new DataException("not a JPEG, PNG, GIF, BMP or WebP image");
    }
    HeaderBytes in = new HeaderBytes(file, length);
    try {
      int[] size = switch (format) {
        case JPEG -> jpeg(in);
        case PNG -> png(in);
        case GIF -> gif(in);
        case BMP -> bmp(in);
        case WEBP -> webp(in);
      };
      if (size[0] < 1 || size[1] < 1) {
        throw new DataException("a " + format + " header with the impossible size " + size[0] + "x" + size[1]);
      }
      return new ImageHeader(format, size[0], size[1]);
    } catch (HeaderBytes.BeyondEnd e) {
      return null;
    }
  }

  /** ITU-T T.81 annex B: segments until a start-of-frame marker (SOF0 to SOF15 but DHT, JPG and DAC) gives height and width. */
  private static int[] jpeg(HeaderBytes in) throws DataException {
    int at = 2;
    while (true) {
      if (in.u8(at) != 0xFF) {
        throw new DataException("a JPEG file without a frame header");
      }
      int marker = in.u8(at + 1);
      if (marker == 0xFF || marker == 0x01 || marker >= 0xD0 && marker <= 0xD7) {
        at += marker == 0xFF ? 1 : 2;
        continue;
      }
      if (marker == 0xD9 || marker == 0xDA || marker == 0) {
        throw new DataException("a JPEG file without a frame header");
      }
      if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
        return new int[] {in.u16be(at + 7), in.u16be(at + 5)};
      }
      at += 2 + Math.max(2, in.u16be(at + 2));
    }
  }

  /** PNG, third edition, section 11.2.1: IHDR comes first. */
  private static int[] png(HeaderBytes in) throws DataException {
    if (in.s32be(12) != 0x49484452) {
      throw new DataException("a PNG file that does not begin with IHDR");
    }
    return new int[] {in.s32be(16), in.s32be(20)};
  }

  /**
   * GIF 89a: blocks until the first image descriptor. Decoders disagree about whether the logical screen or the first image decides the size
   * of the picture; the larger of both is what must fit the limit.
   */
  private static int[] gif(HeaderBytes in) throws DataException {
    int width = in.u16le(6);
    int height = in.u16le(8);
    int flags = in.u8(10);
    int at = 13 + ((flags & 0x80) != 0 ? 3 << (flags & 7) + 1 : 0);
    while (in.u8(at) == 0x21) {
      at += 2;
      for (int block = in.u8(at); block != 0; block = in.u8(at)) {
        at += 1 + block;
      }
      at++;
    }
    if (in.u8(at) != 0x2C) {
      throw new DataException("a GIF file without an image");
    }
    return new int[] {Math.max(width, in.u16le(at + 1) + in.u16le(at + 5)), Math.max(height, in.u16le(at + 3) + in.u16le(at + 7))};
  }

  /** A BITMAPCOREHEADER (12 bytes) has 16-bit sizes, all later headers 32-bit ones; a negative height means rows from top to bottom. */
  private static int[] bmp(HeaderBytes in) {
    if (in.s32le(14) == 12) {
      return new int[] {in.u16le(18), in.u16le(20)};
    }
    int height = in.s32le(22);
    return new int[] {in.s32le(18), height == Integer.MIN_VALUE ? Integer.MAX_VALUE : Math.abs(height)};
  }

  /** RFC 9649: a key frame (VP8), lossless (VP8L) or extended (VP8X) chunk comes first. */
  private static int[] webp(HeaderBytes in) throws DataException {
    int chunk = in.s32be(12);
    if (chunk == 0x56503820) {
      if (in.u8(23) != 0x9D || in.u8(24) != 0x01 || in.u8(25) != 0x2A) {
        throw new DataException("a WebP file whose first frame is no key frame");
      }
      return new int[] {in.u16le(26) & 0x3FFF, in.u16le(28) & 0x3FFF};
    }
    if (chunk == 0x5650384C) {
      int bits = in.s32le(21);
      return new int[] {(bits & 0x3FFF) + 1, (bits >>> 14 & 0x3FFF) + 1};
    }
    if (chunk == 0x56503858) {
      return new int[] {in.u16le(24) + (in.u8(26) << 16) + 1, in.u16le(27) + (in.u8(29) << 16) + 1};
    }
    throw new DataException("a WebP file without an image");
  }
}
