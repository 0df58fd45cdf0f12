package dev.cardinal.cpu.onednn.binding;

import dev.cardinal.backend.DeviceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A block of native memory, zeroed, aligned to a huge page if it is large and to a cache line otherwise. Not tied to the garbage collector: its owner closes it. */
public final class NativeMemory implements AutoCloseable {
  private static final long HUGE_PAGE = 2L << 20;
  private static final long CACHE_LINE = 64;

  private final Pointer block;
  private final long address;
  private final long bytes;
  private boolean closed;

  private NativeMemory(Pointer block, long address, long bytes) {
    this.block = block;
    this.address = address;
    this.bytes = bytes;
  }

  /**
   * Allocates.
   *
   * @param what for the error message, as in {@code the program's arena}
   * @throws DeviceException if there is too little memory
   */
  public static NativeMemory allocate(long bytes, String what) {
    long available = available();
    if (bytes > available) {
      throw tooLittle(bytes, available, what, null);
    }
    long alignment = bytes >= 4 * HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
    Pointer p;
    try {
      p = Pointer.calloc(1, bytes + alignment);
    } catch (OutOfMemoryError e) {
      throw tooLittle(bytes, available, what, e);
    }
    if (p == null || p.isNull()) {
      throw tooLittle(bytes, available, what, null);
    }
    return new NativeMemory(p, (p.address() + alignment - 1) / alignment * alignment, bytes);
  }

  private static DeviceException tooLittle(long bytes, long available, String what, Throwable cause) {
    return new DeviceException(what + " needs " + bytes + " bytes of memory, available are " + available + "; use a smaller batch or a smaller network", cause);
  }

  /** Bytes that can be allocated without swapping. */
  static long available() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not Linux: the binding knows another way.
    }
    return Pointer.availablePhysicalBytes();
  }

  /** Where it begins. */
  public long address() {
    return address;
  }

  /** Its size. */
  public long bytes() {
    return bytes;
  }

  /** Writes zeros, which also makes the operating system back every page. */
  public void touch() {
    Pointer.memset(new Address(address), 0, bytes);
  }

  /** A view of native memory of less than 2 GiB in native byte order. */
  public static ByteBuffer view(long address, long bytes) {
    return new BytePointer(new Address(address)).capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** Copies native memory; the ranges must not overlap. */
  public static void copy(long from, long to, long bytes) {
    Pointer.memcpy(new Address(to), new Address(from), bytes);
  }

  /** Writes zeros over native memory. */
  public static void zero(long address, long bytes) {
    Pointer.memset(new Address(address), 0, bytes);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Pointer.free(block);
    }
  }
}
