package dev.cardinal.cuda.redist;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.CudaDevice;
import dev.cardinal.cuda.jcuda.NvrtcCompiler;
import dev.cardinal.cuda.lowering.CudaLowerings;
import dev.cardinal.cuda.natives.CudaLibrary;
import dev.cardinal.cuda.redist.RecordingCuda.Wanted;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.graph.Graph;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import dev.cardinal.zoo.ZooNet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels as networks have them compiled, for their own sizes: the real compiler takes each, and finds registers for all it holds. */
final class HotKernelsTest {
  private static final int BATCH = 4;
  private static final int CLASSES = 10;
  private static final List<Integer> ARCHITECTURES = List.of(70, 90);
  private static final Set<Wanted> SEEN = new LinkedHashSet<>();
  private static NvrtcCompiler nvrtc;

  @BeforeAll
  static void load() {
    Redistributables.load(CudaLibrary.NVRTC);
    nvrtc = new NvrtcCompiler();
  }

  /** All that a training step of the network launches. */
  private static Map<Wanted, Set<String>> wanted(String net, Precision precision) {
    ZooNet entry = Zoo.find(net);
    int size = entry.size();
    Graph g = TrainingStep.training(entry.build(CLASSES, 3, size), TensorType.f32(BATCH, 3, size, size), CLASSES, new TrainOptions());
    RecordingCuda machine = new RecordingCuda(SimulatedGpu.cuda());
    DeviceInfo info = DeviceInfo.usable("cuda:0", "CUDA", "recorded", Map.of());
    try (CudaDevice device = new CudaDevice(machine, 0, info, new DeviceOptions(0, false, precision), CudaLowerings.ALL); Variables v = device.newVariables()) {
      Compilation.compile(device, g, v).close();
    }
    return machine.wanted();
  }

  @ParameterizedTest
  @CsvSource({"resnext50-32x4d, FLOAT16", "resnext50-32x4d, FLOAT32", "mobilenet, FLOAT16", "mobilenet, FLOAT32", "shufflenet, FLOAT16", "alexnet, BFLOAT16", "resnext-mini, BFLOAT16"})
  void ofATrainingStep(String net, Precision precision) {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu.problem());
    Map<Wanted, Set<String>> wanted = wanted(net, precision);
    assertTrue(wanted.size() > 5, wanted::toString);
    Map<String, Integer> tried = new TreeMap<>();
    wanted.forEach((w, kernels) -> {
      if (SEEN.add(w)) {
        for (int capability : ARCHITECTURES) {
          CompilerWords words = CompilerWords.of(nvrtc, w.family(), capability, w.macros());
          words.requireMachineCode();
          words.requireNoSpills(kernels::contains);
        }
        tried.merge(w.family(), 1, Integer::sum);
      }
    });
    System.out.println(net + " in " + precision + ": compiled for " + ARCHITECTURES + " without spills: " + tried);
  }
}
