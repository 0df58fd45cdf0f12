package dev.cardinal.cuda.kernel;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.RuntimeCompiler;
import java.util.HashMap;
import java.util.Map;

/** Our kernels on one device: each family is compiled and loaded when first asked for, once per set of macros. */
public final class KernelLibrary implements AutoCloseable {
  private record Key(String family, Map<String, String> macros) {}

  private final CudaContext context;
  private final KernelCompiler compiler;
  private final Map<Key, CudaModule> modules = new HashMap<>();

  /** For a device. */
  public KernelLibrary(CudaContext context, RuntimeCompiler compiler) {
    this.context = context;
    this.compiler = new KernelCompiler(compiler);
  }

  /** A kernel of a family, compiled with macros set. */
  public CudaFunction function(String family, String name, Map<String, String> macros) {
    return modules.computeIfAbsent(new Key(family, Map.copyOf(macros)), k -> context.loadModule(compiler.compile(family, context.properties().capability(), k.macros).image())).function(name);
  }

  @Override
  public void close() {
    modules.values().forEach(CudaModule::close);
    modules.clear();
  }
}
