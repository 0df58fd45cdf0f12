package dev.cardinal.io;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.function.Consumer;

/**
 * A piece of a file, mapped into memory for as long as it takes to copy what is in it.
 *
 * <p>A mapping is as sound as the file under it: reading a page that somebody has cut off in the meantime is a fault of the processor, which ends native code and which Java code sees as an
 * {@link InternalError}. So a mapping never leaves this class: the file's size is checked before, nothing but Java code reads it, the fault becomes an {@link IOException}, and the size is checked once
 * more before anybody uses what was copied. It lives for one copy only, because on Windows a mapped file can be neither replaced nor deleted.
 *
 * <p>Both need Java 22. Before, a mapping ends when the garbage collector finds it, and the error of a fault comes some time later, out of whatever the thread does by then: Java 17 has been seen to
 * throw it out of the bookkeeping of the channel. There a piece is read into the heap instead.
 */
final class FilePiece implements AutoCloseable {
  private static final Arenas ARENAS = Runtime.version().feature() >= 22 ? Arenas.find() : null;

  /** The largest piece, in bytes. */
  static final int MAX_BYTES = ARENAS != null ? 1 << 26 : 1 << 20;

  private final FileChannel channel;
  private final long end;
  private final AutoCloseable arena;
  private final ByteBuffer bytes;

  private FilePiece(FileChannel channel, long end, AutoCloseable arena, ByteBuffer bytes) {
    this.channel = channel;
    this.end = end;
    this.arena = arena;
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Maps a piece, or reads it.
   *
   * @param count bytes, at most {@link #MAX_BYTES}
   * @throws EOFException if the file ends before the piece does
   */
  static FilePiece of(FileChannel channel, long position, int count) throws IOException {
    requireSize(channel, position + count);
    if (ARENAS == null) {
      return new FilePiece(channel, position + count, null, read(channel, position, count));
    }
    AutoCloseable arena = ARENAS.open();
    try {
      return new FilePiece(channel, position + count, arena, ARENAS.map(channel, position, count, arena));
    } catch (IOException | RuntimeException | Error e) {
      close(arena);
      throw e;
    }
  }

  /**
   * Lets somebody copy the bytes, which are little-endian.
   *
   * @throws EOFException if the file was cut off meanwhile; what was copied is then not the file's
   */
  void copy(Consumer<ByteBuffer> to) throws IOException {
    try {
      to.accept(bytes);
      requireSize(channel, end);
    } catch (InternalError e) {
      throw new EOFException("the file was cut off before byte " + end + " while it was read, or its disk has a fault: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    if (arena != null) {
      close(arena);
    }
  }

  private static void close(AutoCloseable arena) throws IOException {
    try {
      arena.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("a mapped file could not be let go: " + e.getMessage(), e);
    }
  }

  private static void requireSize(FileChannel channel, long end) throws IOException {
    long size = channel.size();
    if (size < end) {
      throw new EOFException("the file ends at byte " + size + ", inside the data, which go on to byte " + end);
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining()) {
      if (channel.read(into, position + into.position()) < 0) {
        throw new EOFException("the file ends at byte " + (position + into.position()) + ", inside the data");
      }
    }
    return into.flip();
  }

  /** Java 22's arenas, which end a mapping at a known time; by reflection, because this is compiled for 17. */
  private record Arenas(Method ofConfined, Method map, Method asByteBuffer) {
    static Arenas find() {
      try {
        Class<?> arena = Class.forName("java.lang.foreign.Arena");
        Method map = FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, arena);
        return new Arenas(arena.getMethod("ofConfined"), map, map.getReturnType().getMethod("asByteBuffer"));
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }

    AutoCloseable open() throws IOException {
      return (AutoCloseable) call(ofConfined, null);
    }

    ByteBuffer map(FileChannel channel, long position, long count, AutoCloseable arena) throws IOException {
      return (ByteBuffer) call(asByteBuffer, call(map, channel, MapMode.READ_ONLY, position, count, arena));
    }

    private static Object call(Method method, Object on, Object... arguments) throws IOException {
      try {
        return method.invoke(on, arguments);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof IOException x) {
          throw x;
        }
        throw new IOException("a file could not be mapped: " + e.getCause(), e.getCause());
      } catch (IllegalAccessException e) {
        throw new IOException("a file could not be mapped: " + e.getMessage(), e);
      }
    }
  }
}
