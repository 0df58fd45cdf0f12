package dev.cardinal.nn;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.crelu;
import static dev.cardinal.nn.Layers.depthwise2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.BatchNormInference;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.Dropout;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModuleTest {
  private static Sequential net() {
    return new Sequential()
        .add("stem", new Sequential(conv2d(3, 8, 3).padding(1).noBias(), batchNorm(8), relu(), dropout(0.5)))
        .add("layer1", new Sequential(new Residual("conv", conv2d(8, 8, 3).padding(1).groups(4), "down", null)))
        .add("flatten", flatten())
        .add("fc", linear(8 * 16, 5));
  }

  @Test
  void parametersArePathsInOrder() {
    assertEquals(List.of("stem.0.weight", "stem.1.weight", "stem.1.bias", "stem.1.running_mean", "stem.1.running_var", "layer1.0.conv.weight", "layer1.0.conv.bias", "fc.weight", "fc.bias"),
        List.copyOf(net().parameters().keySet()));
    assertEquals(Shape.of(8, 2, 3, 3), net().parameters().get("layer1.0.conv.weight").type().shape());
    assertEquals(216 + 16 + 144 + 8 + 640 + 5, net().parameterCount());
  }

  @Test
  void initialValuesDependOnSeedAndPathOnly() {
    Map<String, HostTensor> a = net().initialize(1);
    Map<String, HostTensor> b = new Sequential().add("extra", conv2d(1, 1, 1)).add("fc", linear(8 * 16, 5)).initialize(1);
    assertTrue(a.get("fc.weight").sameBits(b.get("fc.weight")));
    assertFalse(a.get("fc.weight").sameBits(net().initialize(2).get("fc.weight")));
  }

  @Test
  void initialisersHaveTheirDeviations() {
    TensorType t = TensorType.f32(64, 32, 3, 3);
    check(Initializer.heNormal(), t, Math.sqrt(2.0 / 288));
    check(Initializer.heNormalFanOut(1), t, Math.sqrt(2.0 / 576));
    check(Initializer.heNormalFanOut(4), t, Math.sqrt(2.0 / 144));
    check(Initializer.glorotUniform(), t, Math.sqrt(2.0 / (288 + 576)));
    check(Initializer.normal(0.01), t, 0.01);
    check(Initializer.inverseSquareRoot(), t, 1 / Math.sqrt(3 * 288));
  }

  private static void check(Initializer init, TensorType type, double deviation) {
    HostTensor v = init.create(type, new dev.cardinal.random.PhiloxRandom(3, 4));
    double sum = 0;
    double squares = 0;
    for (float x : v.floats()) {
      sum += x;
      squares += (double) x * x;
    }
    int n = v.size();
    // Mean and deviation of n = 18432 draws lie within 5 standard errors.
    assertEquals(0, sum / n, 5 * deviation / Math.sqrt(n));
    assertEquals(deviation, Math.sqrt(squares / n), 5 * deviation / Math.sqrt(2.0 * n));
  }

  @Test
  void trainingAndEvaluationBuildDifferentOps() {
    assertEquals(1, count(net(), true, BatchNormTraining.class));
    assertEquals(1, count(net(), true, Dropout.class));
    assertEquals(1, count(net(), false, BatchNormInference.class));
    assertEquals(0, count(net(), false, Dropout.class));
  }

  @Test
  void frozenPartsDoNotLearnAndBehaveAsInEvaluation() {
    Sequential net = net();
    net.find("stem").freeze();
    assertEquals(List.of("layer1.0.conv.weight", "layer1.0.conv.bias", "fc.weight", "fc.bias"), List.copyOf(net.learnedParameters().keySet()));
    assertEquals(1, count(net, true, BatchNormInference.class));
    assertEquals(0, count(net, true, Dropout.class));
    net.unfreeze();
    assertEquals(1, count(net, true, BatchNormTraining.class));
  }

  private static long count(Module net, boolean training, Class<?> op) {
    Graph g = new Graph();
    net.apply(new Trace(g, training), g.input("x", TensorType.f32(2, 3, 4, 4)));
    return g.nodes().stream().filter(n -> op.isInstance(n.op())).count();
  }

  @Test
  void errorsNameTheLayerTheNumbersAndTheFix() {
    Graph g = new Graph();
    Value x = g.input("x", TensorType.f32(1, 64, 8, 8));
    Sequential net = new Sequential().add("conv3", conv2d(96, 32, 3).groups(2));
    String m = assertThrows(ShapeException.class, () -> net.apply(new Trace(g, true), x)).getMessage();
    assertTrue(m.startsWith("conv3: ") && m.contains("64") && m.contains("groups 2"), m);
    String indivisible = assertThrows(ShapeException.class, () -> conv2d(10, 12, 3).groups(4)).getMessage();
    assertTrue(indivisible.contains("groups 4") && indivisible.contains("10 to 12"), indivisible);
    String twice = assertThrows(IllegalArgumentException.class, () -> {
      Module shared = relu();
      new Sequential(shared, shared);
    }).getMessage();
    assertTrue(twice.contains("stands in this network already"), twice);
  }

  @Test
  void transposedConvolutionAndMultipliersHaveTheirShapes() {
    Graph g = new Graph();
    Trace t = new Trace(g, true);
    Value x = g.input("x", TensorType.f32(2, 8, 7, 7));
    assertEquals(Shape.of(2, 4, 14, 14), new Sequential(convTranspose2d(8, 4, 3).stride(2).padding(1).outputPadding(1).groups(2)).apply(t, x).type().shape());
    Sequential next = new Sequential().add("dw", depthwise2d(8, 2, 3)).add("crelu", crelu());
    assertEquals(Shape.of(2, 32, 5, 5), next.apply(t, x).type().shape());
  }
}
