package dev.cardinal.cuda.redist;

import dev.cardinal.cuda.api.CompiledKernels;
import dev.cardinal.cuda.api.Cuda;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaModule;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.api.RuntimeCompiler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A machine that notes which kernels programs have compiled, and compiles none: its programs are built, and cannot run. */
final class RecordingCuda implements Cuda {
  private static final String DEFINE = "--define-macro=";

  /** What is to be compiled. */
  record Wanted(String family, Map<String, String> macros) {}

  private final Cuda machine;
  private final List<Wanted> images = new ArrayList<>();
  private final Map<Wanted, Set<String>> wanted = new LinkedHashMap<>();

  /** In all else as that machine. */
  RecordingCuda(Cuda machine) {
    this.machine = machine;
  }

  /** Families with their macros, and the kernels that programs took from each. */
  Map<Wanted, Set<String>> wanted() {
    return wanted;
  }

  @Override
  public List<DeviceProperties> devices() {
    return machine.devices();
  }

  @Override
  public int driverVersion() {
    return machine.driverVersion();
  }

  @Override
  public CudaContext open(int ordinal) {
    CudaContext context = machine.open(ordinal);
    return (CudaContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {CudaContext.class}, (proxy, method, args) -> {
      if (method.getName().equals("loadModule")) {
        return new Recorded(images.get(Integer.parseInt(new String((byte[]) args[0], StandardCharsets.US_ASCII))));
      }
      try {
        return method.invoke(context, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
  }

  @Override
  public RuntimeCompiler compiler() {
    RuntimeCompiler real = machine.compiler();
    return new RuntimeCompiler() {
      @Override
      public int version() {
        return real.version();
      }

      @Override
      public List<Integer> capabilities() {
        return real.capabilities();
      }

      @Override
      public CompiledKernels compile(String name, String source, List<String> options) {
        Map<String, String> macros = new TreeMap<>();
        options.stream().filter(o -> o.startsWith(DEFINE)).map(o -> o.substring(DEFINE.length()).split("=", 2)).forEach(d -> macros.put(d[0], d[1]));
        images.add(new Wanted(name.replace(".cu", ""), macros));
        return new CompiledKernels(String.valueOf(images.size() - 1).getBytes(StandardCharsets.US_ASCII), "");
      }
    };
  }

  private final class Recorded implements CudaModule {
    private final Wanted source;

    Recorded(Wanted source) {
      this.source = source;
    }

    @Override
    public CudaFunction function(String name) {
      wanted.computeIfAbsent(source, s -> new TreeSet<>()).add(name);
      return new CudaFunction() {
        @Override
        public String name() {
          return name;
        }

        @Override
        public int registers() {
          return 0;
        }

        @Override
        public int localBytes() {
          return 0;
        }

        @Override
        public void allowSharedBytes(int bytes) {}

        @Override
        public CudaLaunch prepare(LaunchShape shape, List<KernelArg> args) {
          return stream -> {
            throw new IllegalStateException(name + " was only noted");
          };
        }
      };
    }

    @Override
    public void close() {}
  }
}
