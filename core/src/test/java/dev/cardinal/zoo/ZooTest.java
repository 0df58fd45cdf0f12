package dev.cardinal.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.ShapeException;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import dev.cardinal.train.TrainOptions;
import dev.cardinal.train.TrainingStep;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ZooTest {
  static java.util.stream.Stream<ZooNet> nets() {
    return Zoo.all().stream();
  }

  private static TensorType batch(int n, Shape input) {
    return new TensorType(DType.F32, Shape.of(n, input.dim(0), java.util.Arrays.copyOfRange(input.dims(), 1, input.rank())));
  }

  private static Value forward(Module m, TensorType images) {
    Graph g = new Graph();
    return m.apply(new Trace(g, false), g.input("x", images));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void buildsForwardAndTrainingGraphsAtThePapersSize(ZooNet net) {
    Module m = net.build(7, net.input());
    TensorType images = batch(2, net.input());
    Shape y = forward(m, images).type().shape();
    assertEquals(Shape.of(2, 7), Shape.of(y.dim(0), y.dim(1)));
    assertEquals(net.task() == ZooNet.Task.CLASSIFICATION, y.rank() == 2, y.toString());
    Graph training = net.task() == ZooNet.Task.GENERATION
        ? TrainingStep.training(m, images, (t, v) -> t.add(new BinaryCrossEntropy(), v, t.graph().input("targets", v.type())), new TrainOptions())
        : TrainingStep.training(m, images, 7, new TrainOptions());
    m.learnedParameters().keySet().forEach(p -> assertTrue(training.assignments().containsKey(training.variables().get(p)), p + " is not updated"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nets")
  void buildsAtItsSmallestInput(ZooNet net) {
    Shape smallest = net.minimum().with(0, net.minimum().dim(0) == 1 ? 2 : net.minimum().dim(0));
    Shape y = forward(net.build(5, smallest), batch(3, smallest)).type().shape();
    assertEquals(Shape.of(3, 5), Shape.of(y.dim(0), y.dim(1)));
  }

  // torchvision's and timm's tables of models; AlexNet in the paper's form counted layer by layer from figure 2 of Krizhevsky et al. 2012; Network in Network: Ioannou et al. 2017, table 1;
  // LeNet-5 as it is taught: 156 + 2416 + 48120 + 10164 + 850.
  @ParameterizedTest
  @CsvSource({"alexnet, 60965224", "alexnet-ungrouped, 62378344", "alexnet-one-tower, 61100840", "vgg11, 132863336", "vgg13, 133047848", "vgg16, 138357544", "vgg16_bn, 138365992", "vgg19, 143667240",
      "googlenet, 6624904", "googlenet-aux, 13004888", "inception_v3, 27161264", "resnet18, 11689512", "resnet34, 21797672", "resnet50, 25557032", "resnet101, 44549160", "resnet152, 60192808",
      "resnext50, 25028904", "resnext50_32x4d, 25028904", "resnext101, 88791336", "resnext101_32x8d, 88791336", "resnext101_64x4d, 83455272", "mobilenet, 4231976", "mobilenetv1_100, 4231976",
      "mobilenet_v2, 3504872", "shufflenet_v2_x1_0, 2278604", "densenet121, 7978856", "legacy_xception, 22855952", "squeezenet1_0, 1248424", "nin, 966986", "nin-g2, 736586", "nin-g4, 455498",
      "nin-g8, 314954", "nin-g16, 244682", "lenet5, 61706"})
  void hasThePublishedNumberOfParameters(String name, long parameters) {
    ZooNet net = Zoo.find(name);
    assertEquals(parameters, net.build(net.classes(), net.input()).parameterCount());
  }

  @Test
  void volumetricUNetHasThePapersParametersBesideTheNormalisation() {
    // Çiçek et al. 2016, section 2.1.
    long parameters = Zoo.find("unet3d").build(3, Shape.of(3, 116, 132, 132)).parameters().values().stream()
        .filter(p -> p.isLearned() && p.role() != dev.cardinal.nn.Parameter.Role.NORM).mapToLong(p -> p.type().shape().size()).sum();
    assertEquals(19069955, parameters);
  }

  // Xie et al. 2017, table 1: 25.5 M for 1x64d and 25.0 M for 32x4d, the widths between about the same; table 3: ResNeXt-29 34.4 M and 68.1 M. Howard et al. 2017, table 6: width multipliers.
  @ParameterizedTest
  @CsvSource({"resnext50-1x64d, 25.5e6, 0.01", "resnext50-2x40d, 25.4e6, 0.01", "resnext50-4x24d, 25.3e6, 0.01", "resnext50-8x14d, 25.25e6, 0.02", "resnext29-8x64d, 34.4e6, 0.005", "resnext29-16x64d, 68.1e6, 0.005",
      "mobilenet-0.75, 2.6e6, 0.02", "mobilenet-0.5, 1.3e6, 0.03", "mobilenet-0.25, 0.5e6, 0.07"})
  void hasAboutThePublishedNumberOfParameters(String name, double parameters, double tolerance) {
    ZooNet net = Zoo.find(name);
    assertEquals(parameters, net.build(net.classes(), net.input()).parameterCount(), parameters * tolerance);
  }

  // AlexNet: derived layer by layer from figure 2 (convolutions and matrices, no biases). Xie et al. 2017, table 1: 4.1 and 4.2 GFLOPs counted as multiply-adds. Howard et al. 2017, tables 4 and 6.
  // Zhang et al. 2018, tables 1 and 2. Ioannou et al. 2017, table 1. He et al. 2016, table 1: 1.8, 3.6, 3.8, 7.6 and 11.3 G, with the stride in the 1×1 layer: ResNet-50 and deeper take 0.2 to 0.3 G more here.
  // Simonyan and Zisserman 2015 as counted by torchvision (15.47 and 7.61 G). Sandler et al. 2018, table 4: 300 M. Ma et al. 2018, table 8: 146 M. Huang et al. 2017 and torchvision: 2.83 G.
  @ParameterizedTest
  @CsvSource({"alexnet, 724406816, 0", "alexnet-ungrouped, 1.135e9, 0.0005", "vgg16, 15.47e9, 0.001", "vgg11, 7.61e9, 0.001", "resnet18, 1.8e9, 0.02", "resnet34, 3.6e9, 0.02", "resnet50, 4.09e9, 0.01",
      "resnext50, 4.2e9, 0.02", "resnext50-8x14d, 4.2e9, 0.03", "resnext29-8x64d, 5.4e9, 0.02", "mobilenet, 569e6, 0.001", "mobilenet-0.75, 325e6, 0.005", "mobilenet-0.5, 149e6, 0.005",
      "mobilenet-0.25, 41e6, 0.01", "mobilenet-v2, 300e6, 0.01", "shufflenet, 137e6, 0.04", "shufflenet-g1, 143e6, 0.02", "shufflenet-g2, 140e6, 0.03", "shufflenet-0.5x, 38e6, 0.05", "shufflenet-0.25x, 13e6, 0.05", "shufflenet-v2, 146e6, 0.01",
      "densenet121, 2.83e9, 0.01", "googlenet, 1.5e9, 0.01", "nin, 222.5e6, 0.0003", "nin-g2, 163.5e6, 0.0003", "nin-g4, 123.4e6, 0.001", "nin-g8, 103.3e6, 0.001", "nin-g16, 93.3e6, 0.001"})
  void takesThePublishedNumberOfMultiplyAdds(String name, double macs, double tolerance) {
    ZooNet net = Zoo.find(name);
    Graph g = new Graph();
    net.build(net.classes(), net.input()).apply(new Trace(g, false), g.input("x", batch(1, net.input())));
    long counted = g.nodes().stream().map(Node::cost).mapToLong(c -> c.macs()).sum();
    assertEquals(macs, counted, macs * tolerance);
  }

  // Figure 1 of Ronneberger et al. 2015 (572 to 388), figure 2 of Çiçek et al. 2016 (132×132×116 to 44×44×28), figure 1 of Radford et al. 2016, section 4.1 of Long et al. 2015 (scores of the picture's size).
  @ParameterizedTest
  @CsvSource({"unet, 1x2x388x388", "unet-padded, 1x2x512x512", "unet3d, 1x3x28x44x44", "dcgan-generator, 1x3x64x64", "dcgan-discriminator, 1x1", "fcn32s, 1x21x500x500", "fcn16s, 1x21x500x500",
      "fcn8s, 1x21x500x500", "mobile-segmenter, 1x21x224x224", "c3d, 1x487", "action3d, 1x3"})
  void hasThePapersOutput(String name, String output) {
    ZooNet net = Zoo.find(name);
    assertEquals(output, ZooNet.text(forward(net.build(net.classes(), net.input()), batch(1, net.input())).type().shape()));
  }

  // Names from the state dictionaries of torchvision 0.20 and timm 1.0.
  @ParameterizedTest
  @CsvSource({"alexnet-one-tower, features.10.weight classifier.6.bias", "vgg16, features.28.weight classifier.3.weight", "vgg11-bn, features.26.running_var classifier.6.weight",
      "googlenet-aux, conv1.conv.weight inception3a.branch2.1.bn.running_mean inception5b.branch4.1.conv.weight aux2.fc1.weight aux1.conv.bn.bias fc.bias",
      "inception-v3, Conv2d_1a_3x3.conv.weight Mixed_5b.branch3x3dbl_3.bn.weight Mixed_6c.branch7x7dbl_5.conv.weight Mixed_7c.branch3x3_2b.conv.weight Mixed_7a.branch7x7x3_4.bn.bias AuxLogits.conv1.conv.weight AuxLogits.fc.bias",
      "resnet18, layer2.0.downsample.1.running_mean layer4.1.conv2.weight", "resnext50, layer1.0.downsample.0.weight layer4.2.bn3.bias fc.weight",
      "xception, block1.rep.0.conv1.weight block1.rep.3.pointwise.weight block2.rep.1.conv1.weight block2.rep.5.weight block3.skipbn.bias block11.rep.7.pointwise.weight block12.rep.4.pointwise.weight conv4.pointwise.weight fc.weight",
      "mobilenet, conv_stem.weight bn1.running_var blocks.0.0.conv_dw.weight blocks.3.5.conv_pw.weight blocks.4.1.bn2.bias classifier.weight",
      "mobilenet-v2, features.0.0.weight features.1.conv.0.0.weight features.1.conv.1.weight features.1.conv.2.bias features.2.conv.3.running_mean features.17.conv.2.weight features.18.1.weight classifier.1.bias",
      "shufflenet-v2, conv1.0.weight stage2.0.branch1.3.bias stage2.0.branch2.6.running_mean stage4.3.branch2.5.weight conv5.1.weight fc.bias",
      "squeezenet, features.0.weight features.3.squeeze.bias features.12.expand3x3.weight classifier.1.weight",
      "densenet121, features.conv0.weight features.denseblock3.denselayer24.conv2.weight features.transition2.norm.bias features.norm5.running_var classifier.bias"})
  void namesItsParametersAsTorchvisionAndTimmDo(String name, String parameters) {
    Set<String> names = new HashSet<>(Set.of(parameters.split(" ")));
    names.removeAll(Zoo.find(name).build(1000, 3, Zoo.find(name).size()).parameters().keySet());
    assertEquals(Set.of(), names);
  }

  @Test
  void auxiliaryHeadsAddTheirLossWhenTrainingOnly() {
    Module net = Zoo.find("googlenet-aux").build(10, 3, 64);
    Graph g = new Graph();
    Trace training = new Trace(g, true);
    net.apply(training, g.input("x", TensorType.f32(2, 3, 64, 64)));
    assertEquals(2, training.auxiliaries().size());
    training.auxiliaries().forEach(a -> assertEquals(Shape.of(2, 10), a.logits().type().shape()));
    Graph evaluated = TrainingStep.evaluation(net, TensorType.f32(2, 3, 64, 64), 10, false);
    assertTrue(evaluated.variables().keySet().stream().noneMatch(v -> v.startsWith("aux")));
    net.find("aux1").freeze();
    Graph step = TrainingStep.training(net, TensorType.f32(2, 3, 64, 64), 10, new TrainOptions().averaging(0.99));
    assertTrue(step.variables().keySet().stream().noneMatch(v -> v.contains("aux1")) && step.variables().containsKey("aux2.fc2.weight"));
  }

  @Test
  void takesPicturesThatAreNotSquare() {
    for (String name : new String[] {"lenet5", "alexnet", "vgg11", "resnet18", "inception-v3", "fcn8s", "unet-padded", "dcgan-discriminator"}) {
      Shape in = Shape.of(3, 96, 128);
      Shape y = forward(Zoo.find(name).build(4, in), batch(2, in)).type().shape();
      assertEquals(Shape.of(2, 4), Shape.of(y.dim(0), y.dim(1)), name);
    }
  }

  @Test
  void findsAnySizeOfAFamily() {
    assertEquals("resnext50-16x6d", Zoo.find("resnext50-16x6d").name());
    assertEquals("resnet50", Zoo.find("resnet50").name());
    assertEquals(Zoo.find("resnet50").build(10, 3, 64).parameterCount(), Zoo.find("resnext50-1x64d").build(10, 3, 64).parameterCount());
    assertEquals("shufflenet-g8-0.5x", Zoo.find("shufflenet_g8_0.5x").name());
    assertEquals("mobilenet", Zoo.find("mobilenet_v1").name());
    assertEquals("mobilenet-0.35", Zoo.find("mobilenet-v1-0.35").name());
    assertEquals("unet", Zoo.find("U-Net").name());
    assertEquals("vgg16-bn", Zoo.find("VGG-16-BN").name());
    assertEquals("densenet121", Zoo.find("densenet-121").name());
    for (int g : new int[] {1, 2, 3, 4, 8}) {
      for (String width : new String[] {"0.25", "0.5", "1"}) {
        forward(Zoo.find("shufflenet-g" + g + "-" + width + "x").build(10, 3, 64), TensorType.f32(1, 3, 64, 64));
      }
    }
    assertThrows(IllegalArgumentException.class, () -> Zoo.find("resnext50-0x4d"));
    assertThrows(IllegalArgumentException.class, () -> Zoo.find("mobilenet-0.0"));
  }

  @Test
  void refusesWhatDoesNotFitWithASentence() {
    String unknown = assertThrows(IllegalArgumentException.class, () -> Zoo.find("alexnett")).getMessage();
    assertTrue(unknown.contains("alexnett") && unknown.contains("alexnet-ungrouped"), unknown);
    String small = assertThrows(IllegalArgumentException.class, () -> Zoo.find("alexnet").build(10, 3, 32)).getMessage();
    assertTrue(small.contains("at least 67x67") && small.contains("32x32"), small);
    String flat = assertThrows(IllegalArgumentException.class, () -> Zoo.find("c3d").build(10, Shape.of(3, 112, 112))).getMessage();
    assertTrue(flat.contains("3x16x112x112"), flat);
    String odd = assertThrows(ShapeException.class, () -> forward(Zoo.find("unet").build(2, 1, 200), TensorType.f32(1, 1, 200, 200))).getMessage();
    assertTrue(odd.contains("572"), odd);
    String maps = assertThrows(ShapeException.class, () -> Zoo.find("action3d").build(3, 3, 60)).getMessage();
    assertTrue(maps.contains("33"), maps);
  }
}
