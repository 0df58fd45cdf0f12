package dev.cardinal.zoo;

import java.util.List;

/** Finds networks by name. */
public final class Zoo {
  private static final List<ZooNet> NETS = List.of(
      new ZooNet("resnext-mini", "ResNeXt-style, cardinality 4, three stages of two blocks from 32 channels, for small pictures", 32, 8,
          (classes, channels, size) -> CifarResNeXt.build(channels, classes, 32, 4, 2, 2, 2)),
      new ZooNet("resnext-cifar", "ResNeXt-style, cardinality 4, wide and shallow, for a good score on CIFAR in minutes", 32, 8,
          (classes, channels, size) -> CifarResNeXt.build(channels, classes, 64, 4, 1, 1, 1)),
      new ZooNet("lenet5", "LeNet-5 (LeCun et al. 1998) with ReLU and max pooling", 28, 12, LeNet5::build),
      new ZooNet("alexnet", "AlexNet (Krizhevsky et al. 2012): two towers as channel groups, response normalisation, overlapping pooling", 227, 67,
          (classes, channels, size) -> AlexNet.build(classes, channels, size, 2)),
      new ZooNet("alexnet-ungrouped", "AlexNet's layers with one group throughout", 227, 67, (classes, channels, size) -> AlexNet.build(classes, channels, size, 1)),
      new ZooNet("resnext50", "ResNeXt-50 32x4d (Xie et al. 2017)", 224, 32, (classes, channels, size) -> ResNeXt.build(classes, channels, 32, 4, 3, 4, 6, 3)),
      new ZooNet("resnext101", "ResNeXt-101 32x8d (Xie et al. 2017)", 224, 32, (classes, channels, size) -> ResNeXt.build(classes, channels, 32, 8, 3, 4, 23, 3)),
      new ZooNet("resnet50", "ResNet-50 (He et al. 2016), stride in the 3x3 convolution", 224, 32, (classes, channels, size) -> ResNeXt.build(classes, channels, 1, 64, 3, 4, 6, 3)),
      new ZooNet("mobilenet", "MobileNet v1 1.0 (Howard et al. 2017): depthwise separable convolutions", 224, 32, MobileNet::build),
      new ZooNet("shufflenet", "ShuffleNet v1 1x, 3 groups (Zhang et al. 2018): grouped pointwise convolutions and channel shuffle", 224, 32,
          (classes, channels, size) -> ShuffleNet.build(classes, channels, 3)));

  private Zoo() {}

  /** All networks. */
  public static List<ZooNet> all() {
    return NETS;
  }

  /**
   * The network of a name.
   *
   * @throws IllegalArgumentException if there is none, listing the names
   */
  public static ZooNet find(String name) {
    return NETS.stream().filter(n -> n.name().equals(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no network " + name + "; the zoo has " + String.join(", ", NETS.stream().map(ZooNet::name).toList())));
  }
}
