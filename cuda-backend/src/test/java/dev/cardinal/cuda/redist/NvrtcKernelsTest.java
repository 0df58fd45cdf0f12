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

/** The real runtime compiler takes every kernel family, for every architecture from Volta on that it knows. */
final class NvrtcKernelsTest {
  private static NvrtcCompiler nvrtc;

  @BeforeAll
  static void load() {
    Redistributables.load(CudaLibrary.NVRTC);
    nvrtc = new NvrtcCompiler();
  }

  static List<String> families() {
    return KernelSources.names();
  }

  @ParameterizedTest
  @MethodSource("families")
  void compilesForEveryArchitecture(String family) {
    KernelCompiler compiler = new KernelCompiler(nvrtc);
    for (int capability : nvrtc.capabilities()) {
      if (capability >= 70) {
        CompiledKernels k = compiler.compile(family, capability, Map.of());
        assertTrue(k.image().length > 100 && k.image()[0] == 0x7f, family + " for " + capability + " is no cubin");
        assertEquals("", k.log(), family + " for " + capability + " has warnings");
      }
    }
    // A device that is newer than this compiler gets PTX.
    CompiledKernels ahead = compiler.compile(family, 100, Map.of());
    assertTrue(new String(ahead.image(), StandardCharsets.US_ASCII).contains(".version"), family);
    assertEquals(0, ahead.image()[ahead.image().length - 1]);
  }

  @Test
  void whatDoesNotCompileIsShownWithTheCompilersWords() {
    CudaException e = assertThrows(CudaException.class, () -> nvrtc.compile("broken.cu", "extern \"C\" __global__ void k() { nothing; }", List.of("--gpu-architecture=sm_80")));
    assertTrue(e.getMessage().contains("broken.cu") && e.getMessage().contains("identifier \"nothing\" is undefined"), e.getMessage());
  }
}
