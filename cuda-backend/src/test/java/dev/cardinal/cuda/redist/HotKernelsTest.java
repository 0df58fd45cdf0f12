package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.jcuda.NvrtcCompiler;
import dev.cardinal.cuda.kernel.KernelCompiler;
import dev.cardinal.cuda.kernel.KernelSources;
import dev.cardinal.cuda.natives.CudaLibrary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Own convolution kernels as networks have them compiled (ResNeXt's groups, MobileNet's depthwise layers, Inception-like taps): the real compiler finds registers for all they hold. */
final class HotKernelsTest {
  private static final Pattern SPILL = Pattern.compile("Function properties for (\\w+)\\s+ptxas\\s+\\.\\s+(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static NvrtcCompiler nvrtc;

  @BeforeAll
  static void load() {
    Redistributables.load(CudaLibrary.NVRTC);
    nvrtc = new NvrtcCompiler();
  }

  private static void spillsNothing(String family, int capability, Map<String, String> macros, String kernel) {
    KernelCompiler compiler = new KernelCompiler(nvrtc);
    List<String> options = new ArrayList<>(compiler.options(capability, macros));
    options.add("--ptxas-options=-v");
    String log = nvrtc.compile(family + ".cu", KernelSources.source(family), options).log();
    boolean found = false;
    Matcher spill = SPILL.matcher(log);
    while (spill.find()) {
      if (spill.group(1).startsWith(kernel)) {
        found = true;
        assertEquals(List.of("0", "0", "0"), List.of(spill.group(2), spill.group(3), spill.group(4)), spill.group(1) + " for " + capability + " with " + macros + ": stack, spill stores, spill loads");
      }
    }
    assertTrue(found, "the compiler says nothing of " + kernel + ": " + log);
  }

  /** The kernel, channels of a group, threads along channels, stride and strip as the lowering chooses them. */
  @ParameterizedTest
  @CsvSource({"forward, 4, 32, 1, 7", "forward, 4, 32, 1, 8", "forward, 8, 32, 1, 7", "forward, 16, 16, 1, 7", "forward, 8, 32, 2, 4", "data, 4, 32, 1, 8", "data, 8, 32, 1, 7", "data, 16, 16, 1, 8",
      "data, 8, 32, 2, 8", "weights, 4, 32, 1, 4", "weights, 8, 32, 2, 4", "weights, 16, 32, 1, 4"})
  void grouped(String kernel, int perGroup, int threads, int stride, int strip) {
    for (int capability : List.of(70, 80, 90)) {
      Map<String, String> macros = new HashMap<>(Map.of("STORAGE", "1", "GROUP_INPUTS", String.valueOf(perGroup), "GROUP_OUTPUTS", String.valueOf(perGroup), "STRIDE_H", String.valueOf(stride),
          "STRIDE_W", String.valueOf(stride), "STRIP", String.valueOf(strip), "CHANNEL_THREADS", String.valueOf(threads)));
      spillsNothing("grouped", capability, macros, "grouped_" + kernel);
    }
  }

  /** The kernel, channels of a thread, taps along an axis, stride. */
  @ParameterizedTest
  @CsvSource({"forward_last, 8, 3, 1", "forward_last, 8, 3, 2", "forward_last, 8, 5, 1", "data_last, 8, 3, 1", "data_last, 8, 3, 2", "data_last, 8, 5, 2", "weights_last, 4, 3, 1", "weights_last, 4, 3, 2",
      "weights_last, 2, 5, 1", "forward_rows, 4, 3, 1", "data_rows, 4, 3, 2", "weights_rows, 4, 5, 1"})
  void depthwise(String kernel, int channels, int taps, int stride) {
    for (int capability : List.of(70, 80, 90)) {
      Map<String, String> macros = Map.of("STORAGE", kernel.endsWith("rows") ? "0" : "1", "VEC", String.valueOf(channels), "KERNEL_H", String.valueOf(taps), "KERNEL_W", String.valueOf(taps), "STRIDE_H",
          String.valueOf(stride), "STRIDE_W", String.valueOf(stride), "CHANNEL_THREADS", "32");
      spillsNothing("depthwise", capability, macros, "depthwise_" + kernel);
    }
  }
}
