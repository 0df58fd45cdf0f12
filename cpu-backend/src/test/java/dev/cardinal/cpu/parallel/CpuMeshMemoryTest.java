package dev.cardinal.cpu.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.backend.mesh.MeshDevice;
import dev.cardinal.backend.mesh.MeshProgram;
import dev.cardinal.graph.Graph;
import dev.cardinal.parallel.Mode;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.Optimizer;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What splitting by groups is for: each device allocates its share of what one would, and little more. */
class CpuMeshMemoryTest {
  private static final double MOST = 1.15;

  @ParameterizedTest(name = "{0}, batch {1}")
  @CsvSource({"alexnet, 16", "resnext50, 4"})
  void halfTheMemoryIsAllocatedOnEachOfTwo(String name, int batch) {
    TensorType images = new TensorType(DType.F32, Shape.of(batch, 3, 224, 224));
    Graph step = TrainingStep.training(Zoo.find(name).build(1000, 3, 224), images, 1000, new TrainOptions().optimizer(new Optimizer.Sgd(0.9, 5e-4, false)));
    long alone;
    try (Device d = Devices.open("cpu", new DeviceOptions(1, false)); Variables v = d.newVariables(); Program p = Compilation.compile(d, step, v)) {
      alone = p.info().arenaBytes() + p.info().workspaceBytes() + v.bytes();
    }
    try (Device two = MeshDevice.open(List.of("cpu:0", "cpu:1"), Mode.GROUPS); Variables v = two.newVariables(); Program p = Compilation.compile(two, step, v)) {
      List<Long> each = ((MeshProgram) p).deviceBytes();
      assertEquals(2, each.size());
      for (long bytes : each) {
        assertTrue(bytes <= MOST * alone / 2, String.format("%s allocates %,d bytes alone and %,d on one of two: %.3f of an even share", name, alone, bytes, 2.0 * bytes / alone));
      }
    }
  }
}
