package dev.cardinal.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ZooTest {
  static java.util.stream.Stream<ZooNet> nets() {
    return Zoo.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void buildsForwardAndTrainingGraphsAtThePapersSize(ZooNet net) {
    Module m = net.build(7, 3, net.size());
    Graph g = new Graph();
    Value y = m.apply(new Trace(g, false), g.input("x", TensorType.f32(2, 3, net.size(), net.size())));
    assertEquals(Shape.of(2, 7), y.type().shape());
    Graph training = TrainingStep.training(m, TensorType.f32(2, 3, net.size(), net.size()), 7, new TrainOptions());
    m.learnedParameters().keySet().forEach(p -> assertTrue(training.assignments().containsKey(training.variables().get(p)), p + " is not updated"));
  }

  // AlexNet: counted layer by layer from figure 2 of Krizhevsky et al. 2012; torchvision's model table for ResNeXt and ResNet; Howard et al. 2017 with batch normalisation as in timm.
  @ParameterizedTest
  @CsvSource({"alexnet, 60965224", "alexnet-ungrouped, 62378344", "resnext50, 25028904", "resnext101, 88791336", "resnet50, 25557032", "mobilenet, 4231976"})
  void hasThePublishedNumberOfParameters(String name, long parameters) {
    ZooNet net = Zoo.find(name);
    assertEquals(parameters, net.build(1000, 3, net.size()).parameterCount());
  }

  // AlexNet: derived layer by layer from figure 2 (convolutions and matrices, no biases). ResNeXt-50: table 1 gives 4.2 GFLOPs counted as multiply-adds. MobileNet: table 4 gives 569 M.
  @ParameterizedTest
  @CsvSource({"alexnet, 724406816, 0", "resnext50, 4.2e9, 0.02", "mobilenet, 569e6, 0.01", "shufflenet, 137e6, 0.04"})
  void takesThePublishedNumberOfMultiplyAdds(String name, double macs, double tolerance) {
    ZooNet net = Zoo.find(name);
    Graph g = new Graph();
    net.build(1000, 3, net.size()).apply(new Trace(g, false), g.input("x", TensorType.f32(1, 3, net.size(), net.size())));
    long counted = g.nodes().stream().map(Node::cost).mapToLong(c -> c.macs()).sum();
    assertEquals(macs, counted, macs * tolerance);
  }

  @Test
  void refusesWhatDoesNotFitWithASentence() {
    String unknown = assertThrows(IllegalArgumentException.class, () -> Zoo.find("alexnett")).getMessage();
    assertTrue(unknown.contains("alexnett") && unknown.contains("alexnet-ungrouped"), unknown);
    String small = assertThrows(IllegalArgumentException.class, () -> Zoo.find("alexnet").build(10, 3, 32)).getMessage();
    assertTrue(small.contains("at least 67x67") && small.contains("32x32"), small);
    Zoo.all().forEach(n -> n.build(10, 1, n.minSize()));
  }
}
