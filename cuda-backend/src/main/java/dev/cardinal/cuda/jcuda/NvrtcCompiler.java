package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.RuntimeCompiler;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** NVRTC. */
public final class NvrtcCompiler implements RuntimeCompiler {
  private static final int MAJOR = 1000;
  private static final int MINOR = 10;

  @Override
  public int version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    Check.compiler("nvrtcVersion", JNvrtc.nvrtcVersion(major, minor));
    return major[0] * MAJOR + minor[0] * MINOR;
  }

  @Override
  public List<Integer> capabilities() {
    int[] count = new int[1];
    Check.compiler("nvrtcGetNumSupportedArchs", JNvrtc.nvrtcGetNumSupportedArchs(count));
    int[] all = new int[count[0]];
    Check.compiler("nvrtcGetSupportedArchs", JNvrtc.nvrtcGetSupportedArchs(all));
    return Arrays.stream(all).sorted().boxed().toList();
  }

  @Override
  public CompiledKernels compile(String name, String source, List<String> options) {
    nvrtcProgram program = new nvrtcProgram();
    Check.compiler("nvrtcCreateProgram", JNvrtc.nvrtcCreateProgram(program, source, name, 0, null, null), "name", name);
    try {
      int code = JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(String[]::new));
      String log = log(program);
      if (code != nvrtcResult.NVRTC_SUCCESS) {
        throw new CudaException("nvrtcCompileProgram", code, nvrtcResult.stringFor(code) + (log.isEmpty() ? "" : "\n" + log), Check.named("name", name, "options", options));
      }
      return new CompiledKernels(image(program, name), log);
    } finally {
      Check.compiler("nvrtcDestroyProgram", JNvrtc.nvrtcDestroyProgram(program), "name", name);
    }
  }

  private static String log(nvrtcProgram program) {
    String[] log = new String[1];
    Check.compiler("nvrtcGetProgramLog", JNvrtc.nvrtcGetProgramLog(program, log));
    return log[0] == null ? "" : log[0].strip();
  }

  private static byte[] image(nvrtcProgram program, String name) {
    long[] size = new long[1];
    Check.compiler("nvrtcGetCUBINSize", JNvrtc.nvrtcGetCUBINSize(program, size), "name", name);
    if (size[0] > 0) {
      byte[] cubin = new byte[Math.toIntExact(size[0])];
      Check.compiler("nvrtcGetCUBIN", JNvrtc.nvrtcGetCUBIN(program, cubin), "name", name);
      return cubin;
    }
    String[] ptx = new String[1];
    Check.compiler("nvrtcGetPTX", JNvrtc.nvrtcGetPTX(program, ptx), "name", name);
    byte[] text = ptx[0].getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(text, text.length + 1);
  }
}
