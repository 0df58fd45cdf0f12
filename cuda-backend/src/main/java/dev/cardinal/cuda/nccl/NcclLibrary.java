package dev.cardinal.cuda.nccl;

import com.sun.jna.Native;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.Nccl;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.natives.CudaLibrary;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.FoundLibraries;
import dev.cardinal.cuda.natives.FoundLibrary;
import dev.cardinal.cuda.natives.NativeStore;
import dev.cardinal.cuda.natives.NativesException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** A loaded {@code libnccl.so.2}. */
public final class NcclLibrary implements Nccl {
  /** Messages between two ranks came with 2.7. */
  private static final int OLDEST = 2700;
  /** From 2.9 on the number has two digits for the last part but one: 22304 is 2.23.4, and 2708 was 2.7.8. */
  private static final int LONG_FORM = 10_000;
  private static final String JNA_FOLDER = "jna.tmpdir";

  private final NcclFunctions functions;
  private final ToLongFunction<CudaStream> handle;
  private final int version;

  private NcclLibrary(NcclFunctions functions, ToLongFunction<CudaStream> handle) {
    this.functions = functions;
    this.handle = handle;
    int[] v = new int[1];
    check(functions.ncclGetVersion(v), "ncclGetVersion", "");
    this.version = v[0];
  }

  /**
   * Loads it, if it was found.
   *
   * @param store where it is unpacked if it is among the redistributables, and JNA's own native
   * @param handle gives a stream's address
   */
  public static NcclAccess load(FoundLibraries found, NativeStore store, ToLongFunction<CudaStream> handle) {
    Optional<FoundLibrary> f = found.get(CudaLibrary.NCCL);
    if (f.isEmpty()) {
      return NcclAccess.none("NCCL was not found; to get it: " + found.fix(CudaLibrary.NCCL));
    }
    try {
      NcclLibrary n = new NcclLibrary(functions(CudaNatives.file(f.get(), store), store), handle);
      return n.version < OLDEST ? NcclAccess.none("NCCL " + n.version() + " is too old (" + f.get().describe() + "), 2.7 is the oldest that is used") : NcclAccess.of(n);
    } catch (NativesException | CudaException | LinkageError e) {
      return NcclAccess.none("NCCL cannot be loaded (" + f.get().describe() + "): " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  /** JNA unpacks its native for a moment; into a folder that is the user's alone. */
  private static synchronized NcclFunctions functions(Path library, NativeStore store) {
    if (System.getProperty(JNA_FOLDER) == null) {
      System.setProperty(JNA_FOLDER, store.own().toString());
    }
    return Native.load(library.toString(), NcclFunctions.class);
  }

  @Override
  public String version() {
    return version < LONG_FORM ? version / 1000 + "." + version / 100 % 10 + "." + version % 100 : version / LONG_FORM + "." + version / 100 % 100 + "." + version % 100;
  }

  @Override
  public NcclGroup join(List<CudaContext> devices) {
    int[] ordinals = devices.stream().mapToInt(d -> d.properties().ordinal()).toArray();
    long[] communicators = new long[ordinals.length];
    check(functions.ncclCommInitAll(communicators, ordinals.length, ordinals), "ncclCommInitAll", "devices = " + java.util.Arrays.toString(ordinals));
    return new NcclCommunicators(this, communicators);
  }

  NcclFunctions functions() {
    return functions;
  }

  long handle(CudaStream s) {
    return handle.applyAsLong(s);
  }

  /** The name of an error code, as NCCL puts it. */
  public String error(int code) {
    return functions.ncclGetErrorString(code);
  }

  void check(int code, String call, String arguments) {
    if (code != NcclFunctions.SUCCESS) {
      throw new CudaException(call, code, error(code) + last(), arguments);
    }
  }

  /** What NCCL has to say beyond the code. */
  private String last() {
    try {
      String text = functions.ncclGetLastError(0);
      return text == null || text.isBlank() ? "" : ": " + text.strip();
    } catch (UnsatisfiedLinkError e) {
      // Older than 2.13.
      return "";
    }
  }
}
