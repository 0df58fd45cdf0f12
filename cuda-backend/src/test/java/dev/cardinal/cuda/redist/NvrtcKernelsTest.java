package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.jcuda.NvrtcCompiler;
import dev.cardinal.cuda.kernel.KernelCompiler;
import dev.cardinal.cuda.kernel.KernelSources;
import dev.cardinal.cuda.natives.CudaLibrary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.AssertionFailedError;

/** The real runtime compiler takes every kernel family, for every architecture from Volta on that it knows, and finds registers for all that the kernels hold. */
final class NvrtcKernelsTest {
  private static final int VOLTA = 70;
  private static final int BLACKWELL = 100;
  /** Sixteen-bit storage differs little between architectures: it is tried on the oldest, where it is converted by hand, and the newest. */
  private static final List<Integer> SIXTEEN_BITS = List.of(1, 2);
  private static NvrtcCompiler nvrtc;

  @BeforeAll
  static void load() {
    Redistributables.load(CudaLibrary.NVRTC);
    nvrtc = new NvrtcCompiler();
  }

  static List<String> families() {
    return KernelSources.names();
  }

  private static List<Integer> architectures() {
    return nvrtc.capabilities().stream().filter(c -> c >= VOLTA).toList();
  }

  @ParameterizedTest
  @MethodSource("families")
  void compilesForEveryArchitecture(String family) {
    List<Integer> all = architectures();
    for (int capability : all) {
      CompilerWords words = CompilerWords.of(nvrtc, family, capability, Map.of());
      words.requireMachineCode();
      words.requireNoSpills(k -> true);
    }
    for (int storage : SIXTEEN_BITS) {
      for (int capability : List.of(all.get(0), all.get(all.size() - 1))) {
        CompilerWords words = CompilerWords.of(nvrtc, family, capability, Map.of("STORAGE", String.valueOf(storage)));
        words.requireMachineCode();
        words.requireNoSpills(k -> true);
      }
    }
    // A device that is newer than this compiler gets PTX.
    if (!all.contains(BLACKWELL)) {
      CompiledKernels ahead = new KernelCompiler(nvrtc).compile(family, BLACKWELL, Map.of());
      assertTrue(new String(ahead.image(), StandardCharsets.US_ASCII).contains(".version"), family);
      assertEquals(0, ahead.image()[ahead.image().length - 1]);
    }
  }

  /** The check of spills can fail: two blocks of a thousand threads leave 32 registers to each, and this one wants a hundred. */
  @Test
  void aKernelThatSpillsIsSeen() {
    String source = """
        extern "C" __global__ void __launch_bounds__(1024, 2) greedy(const float *x, float *y, int n) {
          float v[96];
        #pragma unroll
          for (int i = 0; i < 96; i++) {
            v[i] = x[i * n + threadIdx.x];
          }
          __syncthreads();
        #pragma unroll
          for (int i = 0; i < 96; i++) {
            y[i * n + threadIdx.x] = v[i] * v[(i * 7 + 1) % 96] + v[95 - i];
          }
        }
        extern "C" __global__ void modest(float *y) { y[threadIdx.x] = 1; }
        """;
    for (int capability : architectures()) {
      CompilerWords words = CompilerWords.of(nvrtc, "planted", source, capability, Map.of());
      AssertionFailedError e = assertThrows(AssertionFailedError.class, () -> words.requireNoSpills(k -> true));
      assertTrue(e.getMessage().contains("kernel greedy"), e.getMessage());
      words.requireNoSpills("modest"::equals);
      assertThrows(AssertionFailedError.class, () -> words.requireNoSpills("absent"::equals));
    }
  }

  @Test
  void whatDoesNotCompileIsShownWithTheCompilersWords() {
    CudaException e = assertThrows(CudaException.class, () -> nvrtc.compile("broken.cu", "extern \"C\" __global__ void k() { nothing; }", List.of("--gpu-architecture=sm_80")));
    assertTrue(e.getMessage().contains("broken.cu") && e.getMessage().contains("identifier \"nothing\" is undefined"), e.getMessage());
  }
}
