package dev.cardinal.zoo;

import static dev.cardinal.zoo.Families.fcn;
import static dev.cardinal.zoo.Families.mobilenet;
import static dev.cardinal.zoo.Families.mobilenetV2;
import static dev.cardinal.zoo.Families.networkInNetwork;
import static dev.cardinal.zoo.Families.resnet;
import static dev.cardinal.zoo.Families.resnext;
import static dev.cardinal.zoo.Families.resnext29;
import static dev.cardinal.zoo.Families.shufflenet;
import static dev.cardinal.zoo.Families.shufflenetV2;
import static dev.cardinal.zoo.Families.vgg;
import static dev.cardinal.zoo.ZooNet.classifier;

import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.Locale;

/** Finds networks by name. */
public final class Zoo {
  private static final List<ZooNet> NETS = List.of(
      new ZooNet("resnext-mini", "ResNeXt-style, cardinality 4, three stages of 32 to 128 channels, for small pictures", 32, 8,
          (classes, channels, size) -> MiniResNeXt.build(classes, channels, 4, 16, 32, 64, 128)),
      new ZooNet("resnext-cifar", "ResNeXt-style, cardinality 4, three stages of 64 to 256 channels, for a good score on CIFAR-10 in minutes", 32, 9,
          (classes, channels, size) -> QuickResNeXt.build(classes, channels, 4, 64, 256, 256)),
      new ZooNet("lenet5", "LeNet-5 (LeCun et al. 1998) with ReLU and max pooling", ZooNet.Task.CLASSIFICATION, 10, Shape.of(1, 28, 28), Shape.of(1, 12, 12), LeNet5::build),
      classifier("alexnet", "AlexNet (Krizhevsky et al. 2012): two towers as channel groups, response normalisation, overlapping pooling", 227, 67,
          (classes, in) -> AlexNet.build(classes, in, 2, 4096)),
      classifier("alexnet-ungrouped", "AlexNet's layers with one group throughout", 227, 67, (classes, in) -> AlexNet.build(classes, in, 1, 4096)),
      classifier("alexnet-one-tower", "AlexNet as torchvision has it (Krizhevsky 2014): one tower, no response normalisation", 224, 63,
          (classes, in) -> AlexNet.oneTower(classes, in, 4096)),
      vgg(11, false), vgg(11, true), vgg(13, false), vgg(13, true), vgg(16, false), vgg(16, true), vgg(19, false), vgg(19, true),
      networkInNetwork(1), networkInNetwork(2), networkInNetwork(4), networkInNetwork(8), networkInNetwork(16),
      classifier("googlenet", "GoogLeNet with batch normalisation (Szegedy et al. 2015)", 224, 32, (classes, in) -> new GoogLeNet(classes, in.dim(0), false)),
      classifier("googlenet-aux", "GoogLeNet with both auxiliary heads, which training uses", 224, 32, (classes, in) -> new GoogLeNet(classes, in.dim(0), true)),
      classifier("inception-v3", "Inception v3 with its auxiliary head (Szegedy et al. 2016)", 299, 75, (classes, in) -> new InceptionV3(classes, in.dim(0), 1)),
      resnet(18), resnet(34), resnet(50), resnet(101), resnet(152),
      resnext("resnext50", 50, 32, 4), resnext(50, 1, 64), resnext(50, 2, 40), resnext(50, 4, 24), resnext(50, 8, 14),
      resnext("resnext101", 101, 32, 8), resnext(101, 32, 4), resnext(101, 64, 4),
      resnext29(8, 64), resnext29(16, 64),
      classifier("xception", "Xception (Chollet 2017): depthwise separable convolutions with shortcuts", 299, 71, (classes, in) -> Xception.build(classes, in.dim(0))),
      mobilenet(1), mobilenet(0.75), mobilenet(0.5), mobilenet(0.25), mobilenetV2(1),
      shufflenet(3, 1), shufflenet(1, 1), shufflenet(2, 1), shufflenet(4, 1), shufflenet(8, 1), shufflenet(3, 0.5), shufflenet(3, 0.25), shufflenetV2("1.0"),
      classifier("squeezenet", "SqueezeNet 1.0 (Iandola et al. 2016)", 224, 32, (classes, in) -> SqueezeNet.build(classes, in.dim(0))),
      classifier("densenet121", "DenseNet-121 (Huang et al. 2017)", 224, 32, (classes, in) -> DenseNet.build(classes, in.dim(0), 32, 6, 12, 24, 16)),
      fcn(32), fcn(16), fcn(8),
      new ZooNet("unet", "U-Net (Ronneberger et al. 2015), convolutions without padding", ZooNet.Task.SEGMENTATION, 2, Shape.of(1, 572, 572), Shape.of(1, 188, 188),
          (classes, in) -> UNet.planar(classes, in.dim(0), false, 64)),
      new ZooNet("unet-padded", "U-Net with padded convolutions: the output has the input's size", ZooNet.Task.SEGMENTATION, 2, Shape.of(1, 512, 512), Shape.of(1, 16, 16),
          (classes, in) -> UNet.planar(classes, in.dim(0), true, 64)),
      new ZooNet("unet3d", "3-D U-Net (Cicek et al. 2016) for volumes", ZooNet.Task.SEGMENTATION, 3, Shape.of(3, 116, 132, 132), Shape.of(1, 92, 92, 92),
          (classes, in) -> UNet.volumetric(classes, in.dim(0), 32)),
      new ZooNet("mobile-segmenter", "MobileNet encoder, five transposed-convolution blocks with skips and CReLU: real-time segmentation", ZooNet.Task.SEGMENTATION, 21,
          Shape.of(3, 224, 224), Shape.of(1, 32, 32), (classes, in) -> new MobileSegmenter(classes, in.dim(0), 1)),
      new ZooNet("c3d", "C3D (Tran et al. 2015): 3x3x3 convolutions over clips of 16 frames", ZooNet.Task.CLASSIFICATION, 487, Shape.of(3, 16, 112, 112), Shape.of(1, 1, 16, 16),
          (classes, in) -> C3d.build(classes, in, 1)),
      new ZooNet("action3d", "3-D convolutional network for actions (Ji et al. 2013) on 33 hardwired maps", ZooNet.Task.CLASSIFICATION, 3, Shape.of(ActionNet.MAPS, 60, 40),
          Shape.of(ActionNet.MAPS, 24, 24), ActionNet::new),
      new ZooNet("dcgan-generator", "DCGAN's generator (Radford et al. 2016): noise to pictures of 64x64", ZooNet.Task.GENERATION, 3, Shape.of(100, 1, 1), Shape.of(1, 1, 1),
          (classes, in) -> Dcgan.generator(classes, in.dim(0), 128)),
      new ZooNet("dcgan-discriminator", "DCGAN's discriminator (Radford et al. 2016)", ZooNet.Task.CLASSIFICATION, 1, Shape.of(3, 64, 64), Shape.of(1, 16, 16),
          (classes, in) -> Dcgan.discriminator(classes, in, 64)));

  private Zoo() {}

  /** All networks. */
  public static List<ZooNet> all() {
    return NETS;
  }

  /**
   * The network of a name. Beyond {@link #all} there is any ResNeXt ({@code resnext50-4x24d}, {@code resnext29-8x64d}), any width of MobileNet ({@code mobilenet-0.35}) and ShuffleNet
   * ({@code shufflenet-g8-0.5x}); torchvision's and timm's names of these networks are known too ({@code resnext50_32x4d}), and it does not matter how a name is joined ({@code U-Net}).
   *
   * @throws IllegalArgumentException if there is none, listing the names
   */
  public static ZooNet find(String name) {
    return NETS.stream().filter(n -> n.name().equals(name) || n.name().equals(name.replace('_', '-'))).findFirst().or(() -> Families.find(name))
        .or(() -> NETS.stream().filter(n -> bare(n.name()).equals(bare(name))).findFirst())
        .orElseThrow(() -> new IllegalArgumentException("there is no network " + name + "; the zoo has " + String.join(", ", NETS.stream().map(ZooNet::name).toList())));
  }

  private static String bare(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }
}
