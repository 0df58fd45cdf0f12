package dev.cardinal.cuda.simulated;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The host's memory by addresses, and calls into compiled libraries; {@code resources/simulated/host.cpp}. */
final class NativeHost {
  private static final int MAX_PATH = 4096;
  private static final long SCRATCH;

  static {
    System.load(HostCompiler.ofUser().host().toString());
    SCRATCH = reserve(MAX_PATH);
  }

  private NativeHost() {}

  /** Address space, zeros, that takes no memory until it is touched. */
  static native long reserve(long bytes);

  /** Ends {@link #reserve}. */
  static native void release(long address, long bytes);

  /** Gives the memory of the whole pages within back. */
  static native void discard(long address, long bytes);

  private static native Object view(long address, long bytes);

  /** Where a direct buffer lies. */
  static native long address(ByteBuffer buffer);

  /** Copies; the pieces may overlap. */
  static native void copy(long destination, long source, long bytes);

  /** Sets bytes. */
  static native void fill(long address, int value, long bytes);

  private static native long load(long path);

  /** Ends {@link #load}. */
  static native void unload(long library);

  private static native long symbol(long library, long name);

  private static native long length(long text);

  private static native long lastError();

  /** Calls a function of two words that gives a word. */
  static native long call(long function, long a, long b);

  /** Memory as a buffer in the machine's byte order. */
  static ByteBuffer buffer(long address, long bytes) {
    return ((ByteBuffer) view(address, bytes)).order(ByteOrder.nativeOrder());
  }

  /** A text that ends with a zero. */
  static String text(long address) {
    byte[] b = new byte[Math.toIntExact(length(address))];
    buffer(address, b.length).get(b);
    return new String(b, StandardCharsets.UTF_8);
  }

  private static long scratch(String s) {
    byte[] b = (s + "\0").getBytes(StandardCharsets.UTF_8);
    buffer(SCRATCH, MAX_PATH).put(b);
    return SCRATCH;
  }

  /** Loads a library. */
  static synchronized long load(Path library) {
    long l = load(scratch(library.toString()));
    if (l == 0) {
      throw new IllegalStateException("the compiled library " + library + " cannot be loaded: " + text(lastError()));
    }
    return l;
  }

  /** The address of a symbol, or 0. */
  static synchronized long symbol(long library, String name) {
    return symbol(library, scratch(name));
  }
}
