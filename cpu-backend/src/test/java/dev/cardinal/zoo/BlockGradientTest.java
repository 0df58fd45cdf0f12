package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv1d;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.crelu;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.autodiff.Differentiation;
import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Blocks;
import dev.cardinal.nn.Branches;
import dev.cardinal.nn.Dense;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Reduce;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of every kind of block in all their parameters at once, in training form, against central differences along a random direction. Modules declare float32; the graph with its gradients is copied
 * to float64 node by node, so that differences of 1e-8 can be measured, which few ReLUs cross.
 */
class BlockGradientTest {
  private static final double STEP = 1e-8;
  /** Where a map has one position, normalisation sees the batch alone: of two values it makes their order, a jump, of five something smooth. */
  private static final int BATCH = 5;

  private static Map<String, SmallNets.Small> cases() {
    Map<String, SmallNets.Small> m = new LinkedHashMap<>();
    Shape in = Shape.of(4, 6, 6);
    block(m, "depthwise separable", in, () -> Blocks.depthwiseSeparable(4, 6, 3, 2));
    block(m, "separable", in, () -> Blocks.separable(4, 6, 3));
    block(m, "spatially separable", in, () -> Blocks.spatiallySeparable(4, 6, 3));
    block(m, "flattened", in, () -> Blocks.flattened(4, 6, 5));
    block(m, "grouped pointwise with shuffle", in, () -> Blocks.shuffledPointwise(4, 6, 2));
    block(m, "branches", in, () -> new Branches().add("a", conv2d(4, 2, 1)).add("b", new Sequential(conv2d(4, 3, 3).padding(1), relu())));
    block(m, "dense", in, () -> new Dense().add("1", new Sequential(batchNorm(4), relu(), conv2d(4, 3, 3).padding(1))).add("2", new Sequential(batchNorm(7), relu(), conv2d(7, 3, 1))));
    block(m, "residual with projection", in, () -> new Residual(conv2d(4, 6, 3).padding(1).groups(2), conv2d(4, 6, 1)));
    block(m, "transposed with CReLU", in, () -> new Sequential(convTranspose2d(4, 3, 4).stride(2).padding(1), batchNorm(3), crelu()));
    block(m, "one-dimensional", Shape.of(4, 9), () -> new Sequential(conv1d(4, 6, 3).groups(2), batchNorm(6), relu()));
    for (String name : List.of("ResNet of basic blocks", "ResNeXt for CIFAR", "Inception v3", "MobileNet v2 0.25", "ShuffleNet v1, groups 3", "ShuffleNet v2 0.5", "SqueezeNet", "DenseNet",
        "FCN-8s", "U-Net, padded", "MobileNet encoder with CReLU decoder", "C3D", "Ji et al.", "DCGAN's generator", "DCGAN's discriminator", "Network in Network, root 4")) {
      m.put(name, SmallNets.all().get(name));
    }
    m.put("MobileNet 0.25 with ReLU6", new SmallNets.Small(() -> MobileNet.pair(4, 6, 2, Activation.Kind.RELU6), in));
    return m;
  }

  private static void block(Map<String, SmallNets.Small> into, String name, Shape input, Supplier<Module> block) {
    into.put(name, new SmallNets.Small(block, input));
  }

  static Stream<String> blocks() {
    return cases().keySet().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void gradientsAreThoseOfCentralDifferences(String name) {
    SmallNets.Small small = cases().get(name);
    Module net = small.net().get();
    Graph single = new Graph();
    Trace t = new Trace(single, true);
    List<Value> results = new ArrayList<>(List.of(net.apply(t, single.input("x", small.batch(BATCH)))));
    t.auxiliaries().forEach(a -> results.add(a.logits()));
    Value loss = null;
    for (Value y : results) {
      Value product = single.add(new Binary(Binary.Kind.MULTIPLY), y, single.input("r" + y.id(), y.type()));
      Value sum = single.add(Reduce.toScalar(Reduce.Kind.SUM, y.type().shape().rank()), product);
      loss = loss == null ? sum : single.add(new Binary(Binary.Kind.ADD), loss, sum);
    }
    List<String> learned = List.copyOf(net.learnedParameters().keySet());
    List<Value> gradients = Differentiation.gradients(single, loss, learned.stream().map(p -> single.variables().get(p)).toList());
    single.output("loss", loss);
    for (int i = 0; i < learned.size(); i++) {
      single.output("gradient of " + learned.get(i), gradients.get(i));
    }
    compare(doubled(single), net, learned);
  }

  private static void compare(Graph g, Module net, List<String> learned) {
    PhiloxRandom random = new PhiloxRandom(7, 7);
    Map<String, HostTensor> inputs = new HashMap<>();
    g.inputs().forEach((n, v) -> inputs.put(n, HostTensor.generate(v.type(), i -> random.nextGaussian())));
    Map<String, HostTensor> start = new HashMap<>();
    Map<String, HostTensor> direction = new HashMap<>();
    // A little noise on everything, so that what begins as zero or one is not a special point.
    net.initialize(3).forEach((p, v) -> start.put(p, HostTensor.generate(g.variables().get(p).type(), i -> v.get(i) + (learned.contains(p) ? 0.05 * random.nextGaussian() : 0))));
    learned.forEach(p -> direction.put(p, HostTensor.generate(start.get(p).type(), i -> random.nextGaussian() * 0.1)));
    try (Device device = Devices.open("cpu:reference"); Variables variables = device.newVariables()) {
      start.forEach(variables::write);
      if (g.variables().containsKey(Trace.RANDOM_STATE)) {
        variables.write(Trace.RANDOM_STATE, HostTensor.generate(g.variables().get(Trace.RANDOM_STATE).type(), i -> 11));
      }
      try (Program p = device.compile(g, variables, CompileOptions.defaults())) {
        p.run(inputs);
        double slope = 0;
        double norm = 0;
        for (String path : learned) {
          HostTensor gradient = p.read("gradient of " + path);
          for (int i = 0; i < gradient.size(); i++) {
            slope += gradient.get(i) * direction.get(path).get(i);
            norm += Math.abs(gradient.get(i) * direction.get(path).get(i));
          }
        }
        double measured = (lossAt(p, variables, start, direction, inputs, STEP) - lossAt(p, variables, start, direction, inputs, -STEP)) / (2 * STEP);
        assertTrue(norm > 1e-3, "gradients vanish: " + norm);
        // A ReLU that changes sides within the step bends the measurement a little; a wrong gradient is off by far more.
        assertEquals(measured, slope, 1e-5 * norm);
      }
    }
  }

  private static double lossAt(Program p, Variables variables, Map<String, HostTensor> start, Map<String, HostTensor> direction, Map<String, HostTensor> inputs, double step) {
    direction.forEach((path, d) -> {
      HostTensor from = start.get(path);
      variables.write(path, HostTensor.generate(from.type(), i -> from.get(i) + step * d.get(i)));
    });
    p.run(inputs);
    return p.read("loss").item();
  }

  /** The same graph on float64; nothing is assigned, so that every run reads the same state. */
  private static Graph doubled(Graph from) {
    Graph to = new Graph();
    Map<Value, Value> copies = new HashMap<>();
    from.inputs().forEach((n, v) -> copies.put(v, to.input(n, wide(v.type()))));
    from.variables().forEach((n, v) -> copies.put(v, to.variable(n, wide(v.type()))));
    from.constants().forEach((v, c) -> copies.put(v, to.constant(v.name(), c.dtype() == DType.F32 ? c.to(DType.F64) : c)));
    for (Node n : from.nodes()) {
      List<Value> made = to.addAll(n.op(), n.inputs().stream().map(copies::get).toList());
      for (int i = 0; i < made.size(); i++) {
        copies.put(n.output(i), made.get(i));
      }
    }
    from.outputs().forEach((n, v) -> to.output(n, copies.get(v)));
    return to;
  }

  private static TensorType wide(TensorType t) {
    return t.dtype() == DType.F32 ? new TensorType(DType.F64, t.shape()) : t;
  }
}
