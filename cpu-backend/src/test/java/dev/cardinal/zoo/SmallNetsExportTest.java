package dev.cardinal.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onnx.Oracle;
import dev.cardinal.graph.Graph;
import dev.cardinal.io.onnx.OnnxExport;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.HostTensor;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture of the zoo, narrowed, exported and run in ONNX Runtime: the networks too wide to be run at their own size (AlexNet, VGG, ResNet, FCN, C3D) among them. */
class SmallNetsExportTest {
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

  @ParameterizedTest
  @MethodSource("nets")
  void givesWhatOnnxRuntimeGives(String name) {
    SmallNets.Small small = SmallNets.all().get(name);
    Module net = small.net().get();
    Random random = new Random(7);
    Map<String, HostTensor> values = net.initialize(5);
    values.replaceAll((path, t) -> path.endsWith("running_var") ? HostTensor.generate(t.type(), i -> 0.8 + 0.4 * random.nextDouble())
        : path.endsWith("bias") || path.endsWith("running_mean") ? HostTensor.generate(t.type(), i -> 0.1 * random.nextDouble()) : t);
    HostTensor x = Oracle.random(random, small.batch(small.input().size() > 1 << 18 ? 1 : 2).shape().dims());
    HostTensor expected = Oracle.run(OnnxExport.model(net, small.input(), values), Map.of("input", x)).get("output");
    double scale = 1;
    double spread = 0;
    for (int i = 0; i < expected.size(); i++) {
      scale = Math.max(scale, Math.abs(expected.get(i)));
      spread = Math.max(spread, Math.abs(expected.get(i) - expected.get(0)));
    }
    assertTrue(spread > 1e-4 * scale, "the output is the same everywhere and tells nothing: " + expected);
    Graph g = new Graph();
    g.output("y", net.apply(new Trace(g, false), g.input("x", x.type())));
    try (Variables v = device.newVariables()) {
      values.forEach(v::write);
      try (Program p = Compilation.compile(device, g, v)) {
        p.run(Map.of("x", x));
        Oracle.close(name, expected, p.read("y"), 1e-4 * scale);
      }
    }
  }
}
