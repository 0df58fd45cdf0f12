package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import dev.cardinal.zoo.Zoo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Products on bfloat16 operands stay within that type's rounding (2^-8 of each operand) of the reference. */
class ReducedPrecisionTest {
  private final PhiloxRandom random = new PhiloxRandom(7, 1);

  @Test
  void productsStayWithinTheRoundingOfTheirOperands() {
    assumeTrue(Devices.list().stream().anyMatch(d -> d.name().equals("cpu") && d.usable()), "no oneDNN on this platform");
    ConvGeometry dense = ConvGeometry.of(2, 1, 1, 1, 1);
    ConvGeometry grouped = ConvGeometry.of(2, 2, 1, 1, 4);
    check(new Conv(dense), normal(2, 32, 9, 9), normal(48, 32, 3, 3));
    check(new Conv(grouped), normal(2, 64, 9, 9), normal(32, 16, 3, 3));
    check(new ConvBackwardData(grouped, Spatial.of(9, 9)), normal(2, 32, 5, 5), normal(32, 16, 3, 3));
    check(new ConvBackwardWeights(dense, Spatial.of(3, 3)), normal(2, 32, 9, 9), normal(2, 48, 9, 9));
    check(new ConvBackwardWeights(grouped, Spatial.of(3, 3)), normal(2, 64, 9, 9), normal(2, 32, 5, 5));
    check(new Linear(), normal(4, 100), normal(30, 100));
  }

  @Test
  void randomConvolutionsStayWithinTheRoundingOfTheirOperands() {
    assumeTrue(Devices.list().stream().anyMatch(d -> d.name().equals("cpu") && d.usable()), "no oneDNN on this platform");
    for (int i = 0; i < 60; i++) {
      int groups = List.of(1, 2, 3, 4, 8, 24).get(random.nextInt(6));
      int in = groups * (1 + random.nextInt(i % 2 == 0 ? 3 : 24));
      int out = groups * (1 + random.nextInt(i % 2 == 0 ? 3 : 24));
      int kernel = 1 + 2 * random.nextInt(2);
      int stride = 1 + random.nextInt(2);
      int side = 3 + random.nextInt(8);
      int batch = 1 + random.nextInt(5);
      ConvGeometry g = ConvGeometry.of(2, stride, kernel / 2, 1, groups);
      int outSide = (side + 2 * (kernel / 2) - kernel) / stride + 1;
      HostTensor x = normal(batch, in, side, side);
      HostTensor w = normal(out, in / groups, kernel, kernel);
      HostTensor dy = normal(batch, out, outSide, outSide);
      check(new Conv(g), x, w);
      check(new ConvBackwardData(g, Spatial.of(side, side)), dy, w);
      check(new ConvBackwardWeights(g, Spatial.of(kernel, kernel)), x, dy);
    }
  }

  /**
   * Maps between operations of the library are rounded too. How far that carries depends on the network, so it is compared with what random changes of 2^-10 of all weights and pixels do to it.
   */
  @Test
  void networksStayWithinTheirSensitivityToRounding() {
    assumeTrue(Devices.list().stream().anyMatch(d -> d.name().equals("cpu") && d.usable()), "no oneDNN on this platform");
    for (String name : List.of("resnext-mini", "resnext-cifar", "mobilenet-0.25", "shufflenet-0.25x", "nin-g4")) {
      dev.cardinal.nn.Module net = Zoo.find(name).build(10, 3, 32);
      List<HostTensor> exact = steps(net, Precision.FLOAT32, 0);
      List<HostTensor> changed = steps(net, Precision.FLOAT32, 0x1p-10);
      List<HostTensor> rounded = steps(net, Precision.BFLOAT16, 0);
      double sensitivity = error(changed.get(0), exact.get(0));
      double error = error(rounded.get(0), exact.get(0));
      assertTrue(error < 6 * sensitivity, name + ": logits off by " + error + ", by " + sensitivity + " where weights and pixels change by 2^-10");
      assertTrue(error > sensitivity / 6, name + " was not rounded at all: " + error);
      assertTrue(error(rounded.get(1), exact.get(1)) < 0.1, name + ": loss after three steps " + rounded.get(1) + ", in full precision " + exact.get(1));
    }
  }

  /** Logits of the first step and the loss of the fourth. */
  private List<HostTensor> steps(dev.cardinal.nn.Module net, Precision precision, double change) {
    PhiloxRandom values = new PhiloxRandom(3, 2);
    PhiloxRandom noise = new PhiloxRandom(5, 5);
    HostTensor images = HostTensor.generate(TensorType.f32(16, 3, 32, 32), i -> values.nextGaussian() * (1 + change * noise.nextGaussian()));
    HostTensor labels = HostTensor.generate(TensorType.i32(16), i -> i % 10);
    List<HostTensor> seen = new ArrayList<>();
    try (Device device = Devices.open("cpu", new DeviceOptions(0, false, precision)); Variables variables = device.newVariables()) {
      Graph graph = TrainingStep.training(net, images.type(), 10, new TrainOptions());
      net.initialize(1).forEach((path, t) -> variables.write(path, HostTensor.generate(t.type(), i -> t.get(i) * (1 + change * noise.nextGaussian()))));
      try (Program program = Compilation.compile(device, graph, variables)) {
        for (int i = 0; i < 4; i++) {
          program.run(Map.of(TrainingStep.IMAGES, images, TrainingStep.LABELS, labels, TrainingStep.RATE, HostTensor.scalar(1e-4f)));
          if (i == 0) {
            seen.add(program.read(TrainingStep.LOGITS));
          }
        }
        seen.add(program.read(TrainingStep.LOSS));
      }
    }
    return seen;
  }

  private static double error(HostTensor got, HostTensor expected) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < got.size(); i++) {
      error += Math.pow(got.get(i) - expected.get(i), 2);
      norm += Math.pow(expected.get(i), 2);
    }
    return Math.sqrt(error / norm);
  }

  private HostTensor normal(int... dims) {
    return HostTensor.generate(TensorType.f32(dims), i -> random.nextGaussian());
  }

  private static void check(Op op, HostTensor a, HostTensor b) {
    try (Device reduced = Devices.open("cpu", new DeviceOptions(0, false, Precision.BFLOAT16)); Device exact = Devices.open("cpu:reference")) {
      HostTensor got = SingleOp.run(reduced, op, a, b).get(0);
      HostTensor expected = SingleOp.run(exact, op, a, b).get(0);
      // Two operands and the result, each off by at most 2^-9 of itself, independently.
      assertTrue(error(got, expected) < 0x1.8p-8, op + ": relative error " + error(got, expected));
    }
  }
}
