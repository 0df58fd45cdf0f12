package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.jcuda.NvrtcCompiler;
import dev.cardinal.cuda.kernel.KernelCompiler;
import dev.cardinal.cuda.kernel.KernelSources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the real compiler says of kernels: for each the bytes of its stack frame, spilled and fetched back. */
record CompilerWords(String what, CompiledKernels made, Map<String, List<Integer>> local) {
  private static final Pattern KERNEL =
      Pattern.compile("Function properties for (\\w+)\\s+ptxas\\s+(?:info\\s*:|\\.)\\s+(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads|Function properties for (\\w+)");
  private static final List<Integer> NONE = List.of(0, 0, 0);

  /** Compiles a family for an architecture. */
  static CompilerWords of(NvrtcCompiler compiler, String family, int capability, Map<String, String> macros) {
    return of(compiler, family, KernelSources.source(family), capability, macros);
  }

  /** Compiles a source for an architecture. */
  static CompilerWords of(NvrtcCompiler compiler, String name, String source, int capability, Map<String, String> macros) {
    List<String> options = new ArrayList<>(new KernelCompiler(compiler).options(capability, macros));
    options.add("--ptxas-options=-v");
    CompiledKernels made = compiler.compile(name + ".cu", source, options);
    String what = name + " for " + capability + (macros.isEmpty() ? "" : " with " + macros);
    Map<String, List<Integer>> local = new LinkedHashMap<>();
    Matcher m = KERNEL.matcher(made.log());
    while (m.find()) {
      assertTrue(m.group(1) != null, () -> what + ": the compiler's words about " + m.group(5) + " are not understood: " + made.log());
      local.put(m.group(1), List.of(Integer.valueOf(m.group(2)), Integer.valueOf(m.group(3)), Integer.valueOf(m.group(4))));
    }
    return new CompilerWords(what, made, local);
  }

  /** That there is machine code, without a word of warning. */
  void requireMachineCode() {
    assertTrue(made.image().length > 100 && made.image()[0] == 0x7f, () -> what + " is no cubin");
    assertFalse(made.log().contains("warning"), () -> what + " has warnings: " + made.log());
  }

  /** That kernels of such names are there and keep to registers. */
  void requireNoSpills(Predicate<String> names) {
    boolean told = false;
    for (Map.Entry<String, List<Integer>> e : local.entrySet()) {
      if (names.test(e.getKey())) {
        told = true;
        assertEquals(NONE, e.getValue(), () -> what + ", kernel " + e.getKey() + ": stack, spill stores, spill loads");
      }
    }
    assertTrue(told, () -> what + ": the compiler says nothing of it: " + made.log());
  }
}
