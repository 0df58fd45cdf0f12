package dev.cardinal.zoo;

import dev.cardinal.nn.Module;
import dev.cardinal.op.Activation;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Every architecture of the zoo, as narrow and on as small an input as its builder allows. */
final class SmallNets {
  static final int CLASSES = 3;

  /** A network with an input {@code [channels, spatial…]} that it takes. */
  record Small(Supplier<Module> net, Shape input) {
    TensorType batch(int n) {
      return new TensorType(DType.F32, Shape.of(n, input.dim(0), Arrays.copyOfRange(input.dims(), 1, input.rank())));
    }
  }

  private SmallNets() {}

  static Map<String, Small> all() {
    Map<String, Small> m = new LinkedHashMap<>();
    planar(m, "LeNet-5", 12, () -> LeNet5.build(CLASSES, Shape.of(3, 12, 12)));
    planar(m, "AlexNet, two towers", 67, () -> AlexNet.build(CLASSES, Shape.of(3, 67, 67), 2, 16));
    planar(m, "AlexNet, ungrouped", 67, () -> AlexNet.build(CLASSES, Shape.of(3, 67, 67), 1, 16));
    planar(m, "AlexNet, one tower", 63, () -> AlexNet.oneTower(CLASSES, Shape.of(3, 63, 63), 16));
    planar(m, "VGG-11", 32, () -> Vgg.build(CLASSES, 3, 11, false, 16));
    planar(m, "VGG-13 with normalisation", 32, () -> Vgg.build(CLASSES, 3, 13, true, 16));
    for (int g : new int[] {1, 2, 4, 8, 16}) {
      planar(m, "Network in Network, root " + g, 8, () -> NetworkInNetwork.build(CLASSES, 3, g));
    }
    planar(m, "GoogLeNet with heads", 32, () -> new GoogLeNet(CLASSES, 3, true));
    planar(m, "Inception v3", 75, () -> new InceptionV3(CLASSES, 3, 16));
    planar(m, "ResNet of basic blocks", 32, () -> ResNeXt.basic(CLASSES, 3, 1, 1));
    planar(m, "ResNet of bottlenecks", 32, () -> ResNeXt.build(CLASSES, 3, 1, 16, 1, 2, 1));
    planar(m, "ResNeXt", 32, () -> ResNeXt.build(CLASSES, 3, 8, 2, 1, 2, 1));
    planar(m, "ResNeXt for CIFAR", 8, () -> ResNeXt.cifar(CLASSES, 3, 4, 2, 1));
    planar(m, "resnext-mini", 8, () -> Zoo.find("resnext-mini").build(CLASSES, 3, 8));
    planar(m, "MobileNet 0.25", 32, () -> MobileNet.build(CLASSES, 3, 0.25, Activation.Kind.RELU));
    planar(m, "MobileNet 0.25 with ReLU6", 32, () -> MobileNet.build(CLASSES, 3, 0.25, Activation.Kind.RELU6));
    planar(m, "MobileNet v2 0.25", 32, () -> MobileNetV2.build(CLASSES, 3, 0.25));
    for (int g : new int[] {1, 2, 3, 4, 8}) {
      planar(m, "ShuffleNet v1, groups " + g, 32, () -> ShuffleNet.build(CLASSES, 3, g, 0.25));
    }
    planar(m, "ShuffleNet v2 0.5", 32, () -> ShuffleNetV2.build(CLASSES, 3, "0.5"));
    planar(m, "SqueezeNet", 32, () -> SqueezeNet.build(CLASSES, 3));
    planar(m, "DenseNet", 32, () -> DenseNet.build(CLASSES, 3, 8, 2, 2, 2));
    for (int stride : new int[] {32, 16, 8}) {
      planar(m, "FCN-" + stride + "s", 16, () -> new Fcn(CLASSES, 3, stride, 32));
    }
    planar(m, "U-Net", 188, () -> UNet.planar(CLASSES, 3, false, 2));
    planar(m, "U-Net, padded", 32, () -> UNet.planar(CLASSES, 3, true, 4));
    m.put("3-D U-Net", new Small(() -> UNet.volumetric(CLASSES, 1, 1), Shape.of(1, 92, 92, 92)));
    planar(m, "MobileNet encoder with CReLU decoder", 32, () -> new MobileSegmenter(CLASSES, 3, 0.25));
    m.put("C3D", new Small(() -> C3d.build(CLASSES, Shape.of(3, 4, 16, 16), 16), Shape.of(3, 4, 16, 16)));
    m.put("Ji et al.", new Small(() -> new ActionNet(CLASSES, Shape.of(33, 24, 24)), Shape.of(33, 24, 24)));
    m.put("DCGAN's generator", new Small(() -> Dcgan.generator(CLASSES, 5, 4), Shape.of(5, 1, 1)));
    planar(m, "DCGAN's discriminator", 32, () -> Dcgan.discriminator(CLASSES, Shape.of(3, 32, 32), 4));
    return m;
  }

  private static void planar(Map<String, Small> into, String name, int size, Supplier<Module> net) {
    into.put(name, new Small(net, Shape.of(3, size, size)));
  }
}
