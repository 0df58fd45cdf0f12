package dev.cardinal.cpu.onednn.binding;

import dev.cardinal.backend.DeviceException;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/** The loaded library with its one CPU engine and stream. Both live as long as the process: oneDNN keeps compiled kernels for them in a cache of its own. */
public final class OneDnn {
  static {
    // The binding would otherwise weigh the whole process against the Java heap's limit at every allocation and refuse arenas larger than that.
    if (System.getProperty("org.bytedeco.javacpp.maxBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    }
    if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
  }

  private static final OneDnn INSTANCE = new OneDnn();

  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();

  private OneDnn() {
    Loader.load(dnnl.class);
    check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0), "the engine");
    check(dnnl.dnnl_stream_create(stream, engine, dnnl.dnnl_stream_in_order), "the stream");
  }

  /**
   * Loads the library on the first call.
   *
   * @throws LinkageError if there is none for this platform
   */
  public static void load() {
    engine();
  }

  static dnnl_engine engine() {
    return INSTANCE.engine;
  }

  static dnnl_stream stream() {
    return INSTANCE.stream;
  }

  /** As in {@code 3.11.0}. */
  public static String version() {
    dnnl_version_t v = dnnl.dnnl_version();
    return v.major() + "." + v.minor() + "." + v.patch();
  }

  /** The widest instruction set the library uses on this processor, as the library's hexadecimal code and, where known, a name. */
  public static String instructionSet() {
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    if (isa == dnnl.dnnl_cpu_isa_default) {
      return "unknown";
    }
    return (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core ? "AVX-512 (0x" + Integer.toHexString(isa) + ")"
        : (isa & dnnl.dnnl_cpu_isa_avx2) == dnnl.dnnl_cpu_isa_avx2 ? "AVX2 (0x" + Integer.toHexString(isa) + ")" : "0x" + Integer.toHexString(isa);
  }

  /** Whether the library uses vectors of 512 bits (AVX-512) on this processor. */
  public static boolean hasWideVectors() {
    load();
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    return isa != dnnl.dnnl_cpu_isa_default && (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core;
  }

  /** Whether the library uses tiles of bfloat16 (AMX) on this processor, for which it has asked the system. */
  public static boolean hasTiles() {
    load();
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    return isa != dnnl.dnnl_cpu_isa_default && (isa & dnnl.dnnl_cpu_isa_avx512_core_amx) == dnnl.dnnl_cpu_isa_avx512_core_amx;
  }

  static void check(int status, String what) {
    if (status != dnnl.dnnl_success) {
      String reason = switch (status) {
        case dnnl.dnnl_out_of_memory -> "out of memory";
        case dnnl.dnnl_invalid_arguments -> "invalid arguments";
        case dnnl.dnnl_unimplemented -> "not implemented";
        default -> "status " + status;
      };
      throw new DeviceException("oneDNN could not make or run " + what + ": " + reason);
    }
  }
}
