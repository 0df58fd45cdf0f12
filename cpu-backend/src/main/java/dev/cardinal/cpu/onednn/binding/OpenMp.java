package dev.cardinal.cpu.onednn.binding;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The GNU OpenMP runtime that the library has brought along. A thread may make and run primitives of its own: each of our own threads then works on its own samples, which costs no meeting of a team
 * per primitive, where waking a sleeping thread takes longer than a small primitive.
 */
public final class OpenMp {
  /** The runtime's entry points, bound directly. */
  private static final class Runtime {
    static final boolean LOADED = load();

    static native void omp_set_num_threads(int threads);

    static native int omp_get_max_threads();

    static native void GOMP_parallel(long function, long argument, int threads, int flags);

    private static boolean load() {
      try {
        OneDnn.load();
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
          int at = line.indexOf('/');
          if (at >= 0 && line.substring(at).matches(".*/libgomp[^/]*")) {
            Native.register(Runtime.class, NativeLibrary.getInstance(line.substring(at)));
            return true;
          }
        }
      } catch (IOException | LinkageError | RuntimeException e) {
        // Another system or runtime: primitives always use all threads there.
      }
      return false;
    }
  }

  private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

  private OpenMp() {}

  /** Whether the runtime was found: otherwise {@link #alone} has no effect, and {@link #call} cannot be used. */
  public static boolean isThere() {
    return Runtime.LOADED;
  }

  /** Whether the calling thread is {@link #alone} now. */
  public static boolean isAlone() {
    return ALONE.get();
  }

  /**
   * Calls machine code by every thread of the calling thread's team, with the same argument, and returns when all have returned. The threads are the library's own, so nothing sleeps or wakes that would not
   * for a primitive. Only where the runtime {@link #isThere}; a thread that is {@link #alone} calls by itself.
   *
   * @param function address of a function that takes one pointer, must not be 0
   * @param argument what the function is given
   * @param threads at most so many
   */
  public static void call(long function, long argument, int threads) {
    Runtime.GOMP_parallel(function, argument, isAlone() ? 1 : threads, 0);
  }

  /** Makes or runs primitives that use the calling thread only; a {@link Primitive} that is made so runs so. Without effect where the runtime is another one. */
  public static void alone(Runnable work) {
    if (isAlone() || !isThere()) {
      work.run();
      return;
    }
    int threads = Runtime.omp_get_max_threads();
    Runtime.omp_set_num_threads(1);
    ALONE.set(true);
    try {
      work.run();
    } finally {
      ALONE.set(false);
      Runtime.omp_set_num_threads(threads);
    }
  }
}
