package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Kernels in a library that the host's compiler made. */
final class SimulatedModule implements CudaModule {
  private static final int NOT_FOUND = 500;
  private final SimulatedContext context;
  private final Path path;
  private final long library;
  private boolean closed;

  SimulatedModule(SimulatedContext context, byte[] image) {
    this.context = context;
    this.path = Path.of(new String(image, StandardCharsets.UTF_8));
    this.library = NativeHost.load(path);
  }

  SimulatedContext context() {
    return context;
  }

  Path path() {
    return path;
  }

  void require(String kernel) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "kernel " + kernel + " is launched after its module was closed");
    }
  }

  long symbol(String name) {
    return NativeHost.symbol(library, name);
  }

  @Override
  public CudaFunction function(String name) {
    require(name);
    if (symbol("sim_call_" + name) == 0) {
      throw new CudaException("cuModuleGetFunction", NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "name = " + name);
    }
    return new SimulatedFunction(this, name);
  }

  @Override
  public void close() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "a module is closed twice");
    }
    closed = true;
    NativeHost.unload(library);
    context.closed("module");
  }
}
