package dev.cardinal.data.image;

/** The first bytes of a file, read by position; reading beyond them raises {@link BeyondEnd}. */
final class HeaderBytes {
  /** The position asked for lies beyond the bytes at hand. */
  static final class BeyondEnd extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BeyondEnd() {
      super(null, null, false, false);
    }
  }

  private final byte[] bytes;
  private final int length;

  HeaderBytes(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  int u8(int at) {
    if (at < 0 || at >= length) {
      throw new BeyondEnd();
    }
    return bytes[at] & 0xff;
  }

  int u16be(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  int u16le(int at) {
    return u8(at + 1) << 8 | u8(at);
  }

  int s32be(int at) {
    return u16be(at) << 16 | u16be(at + 2);
  }

  int s32le(int at) {
    return u16le(at + 2) << 16 | u16le(at);
  }
}
