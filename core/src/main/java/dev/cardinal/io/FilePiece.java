package dev.cardinal.io;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Field;
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
 */
final class FilePiece implements AutoCloseable {
  private static final Mapper MAPPER = Mapper.find();

  /** Has no classes. */
  private static final ClassLoader NOWHERE = new ClassLoader(null) {};

  /** The largest piece, in bytes. */
  static final int MAX_BYTES = 1 << 26;

  private final FileChannel channel;
  private final long end;
  private final Mapping mapping;

  private FilePiece(FileChannel channel, long end, Mapping mapping) {
    this.channel = channel;
    this.end = end;
    this.mapping = mapping;
  }

  /**
   * Maps a piece.
   *
   * @param count bytes, at most {@link #MAX_BYTES}
   * @throws EOFException if the file ends before the piece does
   */
  static FilePiece of(FileChannel channel, long position, int count) throws IOException {
    requireSize(channel, position + count);
    return new FilePiece(channel, position + count, MAPPER.map(channel, position, count));
  }

  /**
   * Lets somebody copy the bytes, which are little-endian.
   *
   * @throws EOFException if the file was cut off meanwhile; what was copied is then not the file's
   */
  void copy(Consumer<ByteBuffer> to) throws IOException {
    try {
      to.accept(mapping.bytes.order(ByteOrder.LITTLE_ENDIAN));
      raiseFault();
    } catch (InternalError e) {
      throw new EOFException("the file was cut off before byte " + end + " while it was read, or its disk has a fault: " + e.getMessage());
    }
    requireSize(channel, end);
  }

  /**
   * Java 17 to 21 only note a fault where it happens, and throw the error some time later, out of whatever the thread does by then; they look for the note wherever the virtual machine calls Java code,
   * as it does to find a class.
   */
  private static void raiseFault() {
    try {
      Class.forName("none", false, NOWHERE);
    } catch (ClassNotFoundException expected) {
      // There was no fault.
    }
  }

  @Override
  public void close() throws IOException {
    mapping.close();
  }

  private static void requireSize(FileChannel channel, long end) throws IOException {
    long size = channel.size();
    if (size < end) {
      throw new EOFException("the file ends at byte " + size + ", inside the data, which go on to byte " + end);
    }
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

  /** Bytes of a file, and what ends their mapping. */
  private record Mapping(ByteBuffer bytes, Method end, Object on, Object... with) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (end != null) {
        call(end, on, with);
      }
    }
  }

  /** Maps a file so that the mapping can be ended at a known time. By reflection, because no public way there was before Java 22 is still one after it. */
  private interface Mapper {
    Mapping map(FileChannel channel, long position, long count) throws IOException;

    static Mapper find() {
      try {
        return Runtime.version().feature() >= 22 ? withArena() : withCleaner();
      } catch (ReflectiveOperationException e) {
        // A runtime without the module of it: mappings end with the garbage collector.
        return (channel, position, count) -> new Mapping(channel.map(MapMode.READ_ONLY, position, count), null, null);
      }
    }

    private static Mapper withArena() throws ReflectiveOperationException {
      Class<?> arena = Class.forName("java.lang.foreign.Arena");
      Method open = arena.getMethod("ofConfined");
      Method close = arena.getMethod("close");
      Method map = FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, arena);
      Method asByteBuffer = map.getReturnType().getMethod("asByteBuffer");
      return (channel, position, count) -> {
        Object a = call(open, null);
        try {
          return new Mapping((ByteBuffer) call(asByteBuffer, call(map, channel, MapMode.READ_ONLY, position, count, a)), close, a);
        } catch (IOException | RuntimeException | Error e) {
          call(close, a);
          throw e;
        }
      };
    }

    private static Mapper withCleaner() throws ReflectiveOperationException {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field only = type.getDeclaredField("theUnsafe");
      only.setAccessible(true);
      Object unsafe = only.get(null);
      Method clean = type.getMethod("invokeCleaner", ByteBuffer.class);
      return (channel, position, count) -> {
        ByteBuffer b = channel.map(MapMode.READ_ONLY, position, count);
        return new Mapping(b, clean, unsafe, b);
      };
    }
  }
}
