package dev.cardinal.cuda.kernel;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.api.RuntimeCompiler;
import dev.cardinal.cuda.cache.CompiledImages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compiles kernel families for an architecture. */
public final class KernelCompiler {
  private final RuntimeCompiler compiler;

  /** With that compiler. */
  public KernelCompiler(RuntimeCompiler compiler) {
    this.compiler = compiler;
  }

  /**
   * Options for a device: its own architecture if the compiler knows it, else the newest older one as PTX, which the driver translates.
   *
   * @param capability of the device, as in 90
   */
  public List<String> options(int capability, Map<String, String> macros) {
    List<Integer> known = compiler.capabilities();
    List<String> options = new ArrayList<>();
    int newest = known.stream().filter(c -> c <= capability).max(Integer::compare)
        .orElseThrow(() -> new IllegalStateException("NVRTC " + compiler.version() + " compiles for " + known + ", not for a device of compute capability " + capability + "; use an older CUDA"));
    options.add("--gpu-architecture=" + (newest == capability ? "sm_" : "compute_") + newest);
    options.add("--std=c++17");
    new TreeMap<>(macros).forEach((name, value) -> options.add("--define-macro=" + name + "=" + value));
    return options;
  }

  /** A name for what compiling a family with macros set gives: other sources, options or compilers, other names. */
  public String fingerprint(String family, int capability, Map<String, String> macros) {
    return CompiledImages.name(KernelSources.source(family), options(capability, macros), compiler.getClass().getName() + " " + compiler.version());
  }

  /** Compiles a family with macros set. */
  public CompiledKernels compile(String family, int capability, Map<String, String> macros) {
    return compiler.compile(family + ".cu", KernelSources.source(family), options(capability, macros));
  }
}
