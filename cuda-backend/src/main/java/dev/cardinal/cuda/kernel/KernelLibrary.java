package dev.cardinal.cuda.kernel;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.RuntimeCompiler;
import dev.cardinal.cuda.cache.CompiledImages;
import java.util.HashMap;
import java.util.Map;

/** Our kernels on one device: each family is loaded when first asked for, once per set of macros, and compiled if no earlier run has left its machine code. */
public final class KernelLibrary implements AutoCloseable {
  private record Key(String family, Map<String, String> macros) {}

  private final CudaContext context;
  private final KernelCompiler compiler;
  private final CompiledImages images;
  private final Map<Key, CudaModule> modules = new HashMap<>();

  /** For a device. */
  public KernelLibrary(CudaContext context, RuntimeCompiler compiler, CompiledImages images) {
    this.context = context;
    this.compiler = new KernelCompiler(compiler);
    this.images = images;
  }

  /** A kernel of a family, compiled with macros set. */
  public CudaFunction function(String family, String name, Map<String, String> macros) {
    return modules.computeIfAbsent(new Key(family, Map.copyOf(macros)), k -> context.loadModule(image(k))).function(name);
  }

  private byte[] image(Key k) {
    int capability = context.properties().capability();
    String name = compiler.fingerprint(k.family, capability, k.macros);
    return images.get(name).orElseGet(() -> {
      byte[] made = compiler.compile(k.family, capability, k.macros).image();
      images.put(name, made);
      return made;
    });
  }

  @Override
  public void close() {
    modules.values().forEach(CudaModule::close);
    modules.clear();
  }
}
