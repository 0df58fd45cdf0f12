package dev.cardinal.data.image;

import javax.imageio.stream.ImageInputStreamImpl;

/** An image input over bytes in memory; ImageIO's own in-memory stream copies everything into blocks first. */
final class ByteArrayImageInput extends ImageInputStreamImpl {
  private final byte[] bytes;

  ByteArrayImageInput(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() {
    bitOffset = 0;
    return streamPos >= bytes.length ? -1 : bytes[(int) streamPos++] & 0xff;
  }

  @Override
  public int read(byte[] to, int at, int wanted) {
    bitOffset = 0;
    if (streamPos >= bytes.length) {
      return wanted == 0 ? 0 : -1;
    }
    int n = (int) Math.min(wanted, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, to, at, n);
    streamPos += n;
    return n;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
