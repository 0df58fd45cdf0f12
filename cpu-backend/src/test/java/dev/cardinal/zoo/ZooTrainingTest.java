package dev.cardinal.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One training step of every architecture on the reference engine: the loss is that of an untrained classifier, and every weight moves. */
class ZooTrainingTest {
  private static Device device;

  @BeforeAll
  static void open() {
    device = Devices.open("cpu:reference");
  }

  @AfterAll
  static void close() {
    device.close();
  }

  static Stream<String> nets() {
    return SmallNets.all().keySet().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void trainsOneStep(String name) {
    SmallNets.Small small = SmallNets.all().get(name);
    Module net = small.net().get();
    TensorType images = small.batch(2);
    boolean generates = name.contains("generator");
    Graph step = generates
        ? TrainingStep.training(net, images, (t, y) -> t.add(new BinaryCrossEntropy(), y, t.graph().input(TrainingStep.LABELS, y.type())), new TrainOptions())
        : TrainingStep.training(net, images, SmallNets.CLASSES, new TrainOptions());
    Map<String, HostTensor> first = net.initialize(1);
    try (Variables variables = device.newVariables()) {
      first.forEach(variables::write);
      try (Program p = Compilation.compile(device, step, variables, CompileOptions.defaults())) {
        p.run(inputs(step));
        double loss = p.read(TrainingStep.LOSS).item();
        // Three equally likely classes, or fair coins; the heads of GoogLeNet and Inception add 0.3 each.
        assertTrue(loss > 0.2 && loss < 12, "loss " + loss);
        net.parameters().forEach((path, parameter) -> {
          HostTensor now = variables.read(path);
          for (float v : now.floats()) {
            if (!Float.isFinite(v)) {
              throw new AssertionError(path + " has " + v);
            }
          }
          if (parameter.role() == Parameter.Role.WEIGHT && !startsAtZero(first.get(path))) {
            assertFalse(now.sameBits(first.get(path)), path + " did not move");
          }
        });
      }
    }
  }

  private static boolean startsAtZero(HostTensor t) {
    for (float v : t.floats()) {
      if (v != 0) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, HostTensor> inputs(Graph step) {
    PhiloxRandom random = new PhiloxRandom(5, 5);
    Map<String, HostTensor> in = new HashMap<>();
    step.inputs().forEach((name, v) -> in.put(name, switch (name) {
      case TrainingStep.RATE -> HostTensor.scalar(0.01f);
      case TrainingStep.LABELS -> v.type().dtype() == DType.I32 ? HostTensor.generate(v.type(), i -> i % SmallNets.CLASSES) : HostTensor.generate(v.type(), i -> i % 2);
      default -> HostTensor.generate(v.type(), i -> random.nextGaussian());
    }));
    assertEquals(3, in.size());
    return in;
  }
}
