package dev.cardinal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.function.UnaryOperator;

/** A disk with room for so many more bytes; after them it writes what still fits and then fails, as a real one does. */
final class FullDisk implements UnaryOperator<WritableByteChannel> {
  private long room;

  FullDisk(long room) {
    this.room = room;
  }

  void setRoom(long bytes) {
    room = bytes;
  }

  @Override
  public WritableByteChannel apply(WritableByteChannel file) {
    return new WritableByteChannel() {
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        if (room == 0 && bytes.hasRemaining()) {
          throw new IOException("No space left on device");
        }
        int n = (int) Math.min(room, bytes.remaining());
        ByteBuffer fitting = bytes.slice(bytes.position(), n);
        AtomicFile.writeFully(file, fitting);
        bytes.position(bytes.position() + n);
        room -= n;
        return n;
      }

      @Override
      public boolean isOpen() {
        return file.isOpen();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }
}
