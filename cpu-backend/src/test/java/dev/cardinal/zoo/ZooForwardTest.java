package dev.cardinal.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Compilation;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Parameter;
import dev.cardinal.nn.Trace;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every network of the zoo, forward on one sample of its paper's size, on the best CPU engine: outputs of the right shape, finite, and not all the same. */
class ZooForwardTest {
  static Stream<String> nets() {
    return Zoo.all().stream().map(ZooNet::name);
  }

  /** Weights of variance 1 / fan-in, so that the values neither vanish nor overflow in deep networks with fresh running statistics; drawn cheaply, there being hundreds of millions. */
  private static HostTensor value(Parameter p) {
    if (p.role() != Parameter.Role.WEIGHT) {
      return p.initializer().create(p.type(), new PhiloxRandom(5, 1));
    }
    HostTensor t = HostTensor.zeros(p.type());
    float bound = (float) Math.sqrt(3.0 * p.type().shape().dim(0) / t.size());
    int state = 1;
    for (int i = 0; i < t.size(); i++) {
      state = state * 1664525 + 1013904223;
      t.floats()[i] = bound * state * 0x1p-31f;
    }
    return t;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void runsForwardAtThePapersSize(String name) {
    ZooNet zoo = Zoo.find(name);
    Module net = zoo.build(zoo.classes(), zoo.input());
    int[] in = zoo.input().dims();
    int[] dims = new int[in.length + 1];
    dims[0] = 1;
    System.arraycopy(in, 0, dims, 1, in.length);
    TensorType images = new TensorType(DType.F32, Shape.of(dims));
    Graph g = new Graph();
    Value y = net.apply(new Trace(g, false), g.input("x", images));
    g.output("y", y);
    PhiloxRandom random = new PhiloxRandom(3, 1);
    try (Device device = Devices.open(Devices.AUTO); Variables variables = device.newVariables()) {
      net.parameters().forEach((path, parameter) -> variables.write(path, value(parameter)));
      try (Program p = Compilation.compile(device, g, variables)) {
        p.run(Map.of("x", HostTensor.generate(images, i -> random.nextGaussian())));
        HostTensor out = p.read("y");
        assertEquals(y.type(), out.type());
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (float v : out.floats()) {
          assertTrue(Float.isFinite(v), "an output is " + v);
          low = Math.min(low, v);
          high = Math.max(high, v);
        }
        assertTrue(out.size() == 1 || high > low, "all outputs are " + high);
      }
    }
  }
}
