package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.RuntimeCompiler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** NVRTC's place taken by the host's compiler. An image is the path of a library. */
final class SimulatedCompiler implements RuntimeCompiler {
  /** No real NVRTC's, which end in 0: what was compiled by one is not taken for the other's. */
  private static final int VERSION = 12061;
  private static final int COMPILATION_ERROR = 6;
  private static final Pattern KERNEL = Pattern.compile("extern\\s+\"C\"\\s+__global__\\s+void\\s+(?:__launch_bounds__\\s*\\(([^)]*)\\)\\s*)?(\\w+)\\s*\\(");
  private static final Pattern BOUNDS = Pattern.compile("__launch_bounds__\\s*\\([^)]*\\)");
  private static final Pattern DYNAMIC = Pattern.compile("extern\\s+__shared__\\s+(?:__align__\\s*\\(\\s*\\d+\\s*\\)\\s*)?([\\w\\s]+?)\\s*\\b(\\w+)\\s*\\[\\s*\\]\\s*;");
  private static final Pattern DEFINE = Pattern.compile("--define-macro=(.*)");
  private static final Pattern ARCHITECTURE = Pattern.compile("--gpu-architecture=\\w+_(\\d+)");

  @Override
  public int version() {
    return VERSION;
  }

  @Override
  public List<Integer> capabilities() {
    return List.of(70, 75, 80, 86, 89, 90);
  }

  @Override
  public CompiledKernels compile(String name, String source, List<String> options) {
    List<String> macros = new ArrayList<>();
    for (String o : options) {
      Matcher define = DEFINE.matcher(o);
      Matcher architecture = ARCHITECTURE.matcher(o);
      if (define.matches()) {
        macros.add("-D" + define.group(1));
      } else if (architecture.matches()) {
        macros.add("-D__CUDA_ARCH__=" + architecture.group(1) + "0");
      }
    }
    try {
      String expanded = HostCompiler.ofUser().preprocess(name.replace(".cu", ""), source, macros);
      Path library = HostCompiler.ofUser().kernels(name, rewritten(expanded));
      return new CompiledKernels(library.toString().getBytes(StandardCharsets.UTF_8), "");
    } catch (HostCompilerException e) {
      throw new CudaException("nvrtcCompileProgram", COMPILATION_ERROR, e.getMessage(), "name = " + name + ", options = " + options);
    }
  }

  /** What no macro can express: launch bounds, dynamic shared memory, and a way to call each kernel. */
  private static String rewritten(String source) {
    StringBuilder ways = new StringBuilder();
    Matcher m = KERNEL.matcher(source);
    while (m.find()) {
      String bound = m.group(1) == null ? "1024" : m.group(1).split(",")[0];
      ways.append("SIM_KERNEL(").append(m.group(2)).append(", ").append(bound).append(")\n");
    }
    String plain = BOUNDS.matcher(source).replaceAll("").replace("__global__", "");
    return DYNAMIC.matcher(plain).replaceAll("$1 *$2 = ($1 *)sim_dynamic_shared();") + "\n" + ways;
  }
}
