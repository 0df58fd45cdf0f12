package dev.cardinal.cuda.lowering.convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training steps of a small grouped network in every precision: channels last, sixteen-bit maps and scaled losses give the reference's losses, to their rounding. */
class PrecisionTest {
  private static final int SIZE = 16;
  private static final int BATCH = 4;
  private static final int STEPS = 3;

  private static List<Double> losses(Device device, boolean scaled) {
    Module net = Zoo.find("resnext-mini").build(8, 3, SIZE);
    PhiloxRandom values = new PhiloxRandom(3, 2);
    HostTensor images = HostTensor.generate(TensorType.f32(BATCH, 3, SIZE, SIZE), i -> values.nextGaussian());
    HostTensor labels = HostTensor.generate(TensorType.i32(BATCH), i -> i % 8);
    List<Double> losses = new ArrayList<>();
    try (Variables variables = device.newVariables()) {
      Graph graph = TrainingStep.training(net, images.type(), 8, new TrainOptions().lossScaling(scaled));
      net.initialize(1).forEach(variables::write);
      try (Program program = Compilation.compile(device, graph, variables)) {
        for (int i = 0; i < STEPS; i++) {
          program.run(Map.of(TrainingStep.IMAGES, images, TrainingStep.LABELS, labels, TrainingStep.RATE, HostTensor.scalar(1e-3f)));
          losses.add(program.read(TrainingStep.LOSS).item());
        }
        if (scaled) {
          assertEquals(STEPS, variables.read("optimizer.loss_scale_steps").item(), "steps that were taken");
        }
      }
    }
    return losses;
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, 1e-4", "TF32, 0.01", "BFLOAT16, 0.1", "FLOAT16, 0.02"})
  void lossesAreTheReferences(Precision precision, double allowed) {
    String name = Devices.list().stream().anyMatch(d -> d.name().equals("cuda:0") && d.usable()) ? "cuda:0" : "simulated:0";
    assumeTrue(name.equals("cuda:0") || SimulatedGpu.available(), SimulatedGpu.problem());
    List<Double> expected;
    try (Device reference = Devices.open("cpu:reference")) {
      expected = losses(reference, false);
    }
    List<Double> actual;
    try (Device gpu = Devices.open(name, new DeviceOptions(0, false, precision))) {
      actual = losses(gpu, precision == Precision.FLOAT16);
    }
    for (int i = 0; i < STEPS; i++) {
      assertTrue(Math.abs(expected.get(i) - actual.get(i)) < allowed * (i + 1), precision + ": losses " + actual + ", the reference's are " + expected);
    }
  }
}
