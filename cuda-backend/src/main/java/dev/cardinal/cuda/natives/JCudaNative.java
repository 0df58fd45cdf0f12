package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jcuda.JCudaVersion;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import jcuda.nvrtc.JNvrtc;
import jcuda.runtime.JCuda;

/** A native of JCuda's: where it is on the class path, what it is linked against, and how its classes are made to load it. */
enum JCudaNative {
  /** The driver's interface. Needs {@code libcuda.so.1}. */
  DRIVER("JCudaDriver", null, 0, () -> JCudaDriver.setExceptionsEnabled(false)),
  /** The runtime's interface, with the runtime in it. Needs nothing. */
  RUNTIME("JCudaRuntime", null, 0, () -> JCuda.setExceptionsEnabled(false)),
  /** cuBLAS. */
  CUBLAS("JCublas2", CudaLibrary.CUBLAS, 12, JCublas2::initialize),
  /** NVRTC. */
  NVRTC("JNvrtc", CudaLibrary.NVRTC, 12, () -> JNvrtc.setExceptionsEnabled(false)),
  /** cuDNN. */
  CUDNN("JCudnn", CudaLibrary.CUDNN, 8, JCudnn::initialize);

  /** The version of the last JCudnn that there is. Its class asks for a native of JCuda's version. */
  private static final String JCUDNN_VERSION = "11.7.0";
  private static final String PLATFORM = "-linux-x86_64.so";

  private final String name;
  private final CudaLibrary library;
  private final int linkedMajor;
  private final Runnable initialise;

  JCudaNative(String name, CudaLibrary library, int linkedMajor, Runnable initialise) {
    this.name = name;
    this.library = library;
    this.linkedMajor = linkedMajor;
    this.initialise = initialise;
  }

  /** The library it needs, if it is one that has to be found. */
  Optional<CudaLibrary> library() {
    return Optional.ofNullable(library);
  }

  /** The file name under which its classes look for it. */
  String fileName() {
    return "lib" + name + "-" + JCudaVersion.get() + PLATFORM;
  }

  /** As it is on the class path. */
  byte[] original() {
    String resource = "/lib/lib" + name + "-" + (this == CUDNN ? JCUDNN_VERSION : JCudaVersion.get()) + PLATFORM;
    try (InputStream in = JCudaNative.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new NativesException("JCuda's native " + resource + " is not on the class path; add the jar org.jcuda:" + name.toLowerCase(Locale.ROOT)
            + "-natives with classifier linux-x86_64 (GPUs are driven on 64-bit x86 Linux only)");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new NativesException("JCuda's native " + resource + " cannot be read from the class path (" + e.getMessage() + "); fetch its jar again", e);
    }
  }

  /** Prepared for another major version of its library. */
  byte[] preparedFor(int major) {
    if (library == null) {
      return original();
    }
    ElfNames elf = new ElfNames(fileName(), original());
    String from = library.stem() + linkedMajor;
    if (!elf.needed().contains(from)) {
      throw new NativesException(fileName() + " needs " + elf.needed() + " instead of " + from + "; use the JCuda version that Cardinal was built with");
    }
    return elf.renamed(Map.of(from, sameLength(from, library.stem() + major)));
  }

  private String sameLength(String from, String to) {
    if (from.length() != to.length()) {
      throw new NativesException(fileName() + " cannot be prepared for " + to + ", whose name is not as long as " + from + "; use one of the versions " + library.majors());
    }
    return to;
  }

  /** Runs the initialisers of its classes, which load it. */
  void initialise() {
    initialise.run();
  }
}
