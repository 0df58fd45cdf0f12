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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real runtime compiler takes every kernel family, for every architecture from Volta on that it knows. */
final class NvrtcKernelsTest {
  private static final Pattern SPILL = Pattern.compile("Function properties for (\\w+)\\s+ptxas\\s+\\.\\s+(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
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

  /** Those are left out that a network has compiled for its own sizes: they are tried with such sizes elsewhere. */
  static List<String> familiesOfOneForm() {
    return KernelSources.names().stream().filter(f -> !List.of("depthwise", "grouped", "direct").contains(f)).toList();
  }

  /** Registers suffice: nothing is put into local memory, where it would take the way of everything else. */
  @ParameterizedTest
  @MethodSource("familiesOfOneForm")
  void spillsNothing(String family) {
    KernelCompiler compiler = new KernelCompiler(nvrtc);
    for (int capability : nvrtc.capabilities()) {
      // Storage types differ little between architectures, so that the others are tried on the oldest and the newest.
      boolean end = capability == 70 || capability == nvrtc.capabilities().get(nvrtc.capabilities().size() - 1);
      for (int storage = 0; capability >= 70 && storage < (end ? 3 : 1); storage++) {
        List<String> options = new ArrayList<>(compiler.options(capability, Map.of("STORAGE", String.valueOf(storage))));
        options.add("--ptxas-options=-v");
        String log = nvrtc.compile(family + ".cu", KernelSources.source(family), options).log();
        String where = family + " for " + capability + " with storage " + storage;
        Matcher spill = SPILL.matcher(log);
        boolean told = false;
        while (spill.find()) {
          told = true;
          assertEquals(List.of("0", "0", "0"), List.of(spill.group(2), spill.group(3), spill.group(4)), where + ", kernel " + spill.group(1) + ": stack, spill stores, spill loads");
        }
        assertTrue(told, where + ": the compiler's words are not understood: " + log);
      }
    }
  }

  @Test
  void whatDoesNotCompileIsShownWithTheCompilersWords() {
    CudaException e = assertThrows(CudaException.class, () -> nvrtc.compile("broken.cu", "extern \"C\" __global__ void k() { nothing; }", List.of("--gpu-architecture=sm_80")));
    assertTrue(e.getMessage().contains("broken.cu") && e.getMessage().contains("identifier \"nothing\" is undefined"), e.getMessage());
  }
}
