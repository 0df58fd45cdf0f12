package dev.cardinal.cuda;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.jcuda.JCudaInstallation;
import dev.cardinal.cuda.lowering.CudaLowerings;
import dev.cardinal.cuda.natives.CudaNatives;
import dev.cardinal.cuda.natives.NativeStore;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Scale;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.nio.file.Path;
import java.util.Map;

/** Programs of copies alone, on a device over the stub of a driver: inputs, outputs, variables, constants, the arena and the captured graph. */
public final class StubDeviceProcess {
  private static final TensorType PAIR = new TensorType(DType.F32, Shape.of(2));

  private StubDeviceProcess() {}

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  private static HostTensor pair(float a, float b) {
    return HostTensor.of(Shape.of(2), a, b);
  }

  public static void main(String[] args) {
    CudaNatives.loadDriver(Path.of(args[0]), new NativeStore(Path.of(args[1])));
    DeviceInfo info = DeviceInfo.usable("cuda:0", "CUDA", "stub", Map.of());
    try (CudaDevice device = new CudaDevice(new JCudaInstallation(), 0, info, DeviceOptions.defaults(), CudaLowerings.ALL)) {
      variablesSwap(device, CompileOptions.defaults());
      variablesSwap(device, new CompileOptions(true));
      refusals(device);
    }
    System.out.println("all computed");
  }

  /** Two variables that exchange values and a third that takes the input: five runs, so that single steps and replayed graphs both count. */
  private static void variablesSwap(CudaDevice device, CompileOptions options) {
    Graph g = new Graph();
    Value x = g.input("x", PAIR);
    Value label = g.input("label", new TensorType(DType.I64, Shape.of(3)));
    Value a = g.variable("a", PAIR);
    Value b = g.variable("b", PAIR);
    Value last = g.variable("last", PAIR);
    g.assign(a, b);
    g.assign(b, a);
    g.assign(last, x);
    g.output("square", g.add(new Reshape(Shape.of(2, 1)), x));
    g.output("before", last);
    g.output("label", label);
    g.output("fixed", g.constant("fixed", pair(8, 9)));
    try (Variables v = device.newVariables(); Program p = device.compile(g, v, options)) {
      v.write("a", pair(1, 2));
      v.write("b", pair(3, 4));
      for (int run = 1; run <= 5; run++) {
        p.run(Map.of("x", pair(run, -run), "label", HostTensor.of(Shape.of(3), 1L, 2L, run)));
        require(p.read("square").sameBits(HostTensor.of(Shape.of(2, 1), (float) run, -run)), "reshaped input of run " + run + ": " + p.read("square"));
        require(p.read("label").get(2) == run, "label of run " + run);
        require(p.read("before").get(0) == run - 1, "a reader sees the old value in run " + run + ": " + p.read("before"));
        require(v.read("last").get(1) == -run, "the variable has the new value after run " + run);
        require(v.read("a").get(0) == (run % 2 == 0 ? 1 : 3) && v.read("b").get(1) == (run % 2 == 0 ? 4 : 2), "swap of run " + run + ": " + v.read("a") + " " + v.read("b"));
        require(p.read("fixed").sameBits(pair(8, 9)), "constant");
      }
      require(p.profile().isEmpty() != options.profile(), "profile " + p.profile());
      require(p.info().steps() >= 5 && p.info().arenaBytes() > 0, p.info().toString());
    }
  }

  private static void refusals(CudaDevice device) {
    Graph big = new Graph();
    big.output("y", big.add(new Reshape(Shape.of(1 << 29)), big.input("images", new TensorType(DType.F32, Shape.of(1 << 10, 1 << 19)))));
    refused(device, big, "where 20480.0 MiB are free; the largest values are images f32");
    Graph unknown = new Graph();
    unknown.output("y", unknown.add(new Scale(2, 0), unknown.input("x", PAIR)));
    if (!CudaLowerings.ALL.has(Scale.class)) {
      refused(device, unknown, "cuda cannot run Scale");
    }
  }

  private static void refused(CudaDevice device, Graph g, String words) {
    try (Variables v = device.newVariables()) {
      device.compile(g, v, CompileOptions.defaults()).close();
      throw new IllegalStateException("compiled: " + words);
    } catch (DeviceException e) {
      require(e.getMessage().contains(words), e.getMessage());
    }
  }
}
