package dev.cardinal.zoo;

import static dev.cardinal.zoo.ZooNet.classifier;

import dev.cardinal.op.Activation;
import dev.cardinal.tensor.Shape;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Networks that are published in several sizes, each for any size that its name tells: {@code resnext50-4x24d}, {@code mobilenet-0.35}, {@code shufflenet-g8-0.5x}. */
final class Families {
  private static final Map<Pattern, Function<MatchResult, ZooNet>> PATTERNS = Map.ofEntries(
      family("vgg(11|13|16|19)(-bn)?", m -> vgg(integer(m, 1), m.group(2) != null)),
      family("nin(?:-g(1|2|4|8|16))?", m -> networkInNetwork(m.group(1) == null ? 1 : integer(m, 1))),
      family("resnet(18|34|50|101|152)", m -> resnet(integer(m, 1))),
      family("resnext(50|101|152)-(\\d{1,3})x(\\d{1,3})d", m -> resnext(integer(m, 1), integer(m, 2), integer(m, 3))),
      family("resnext29-(\\d{1,3})x(\\d{1,3})d", m -> resnext29(integer(m, 1), integer(m, 2))),
      family("mobilenet(?:-?v1)?(?:-(\\d\\.\\d{1,3}))?", m -> mobilenet(m.group(1) == null ? 1 : number(m, 1))),
      family("mobilenetv1-(\\d{3})", m -> mobilenetOfTimm(integer(m, 1))),
      family("mobilenet-?v2(?:-(\\d\\.\\d{1,3}))?", m -> mobilenetV2(m.group(1) == null ? 1 : number(m, 1))),
      family("shufflenet(?:-v1)?(?:-g(1|2|3|4|8))?(?:-(\\d\\.\\d{1,2}|1|2)x)?", m -> shufflenet(m.group(1) == null ? 3 : integer(m, 1), m.group(2) == null ? 1 : number(m, 2))),
      family("shufflenet-v2(?:-x(\\d)-(\\d))?", m -> shufflenetV2(m.group(1) == null ? "1.0" : m.group(1) + "." + m.group(2))),
      family("squeezenet1-0", m -> Zoo.find("squeezenet")),
      family("legacy-xception", m -> Zoo.find("xception")));

  private Families() {}

  private static Map.Entry<Pattern, Function<MatchResult, ZooNet>> family(String pattern, Function<MatchResult, ZooNet> make) {
    return Map.entry(Pattern.compile(pattern), make);
  }

  /** The network of a name in the zoo's form or that of torchvision and timm, {@code resnext50_32x4d}. */
  static Optional<ZooNet> find(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace('_', '-');
    for (Map.Entry<Pattern, Function<MatchResult, ZooNet>> e : PATTERNS.entrySet()) {
      Matcher m = e.getKey().matcher(plain);
      if (m.matches()) {
        return Optional.of(e.getValue().apply(m));
      }
    }
    return Optional.empty();
  }

  private static int integer(MatchResult m, int group) {
    int value = Integer.parseInt(m.group(group));
    if (value == 0) {
      throw new IllegalArgumentException(m.group() + ": a size of 0 makes no network; use 1 or more");
    }
    return value;
  }

  private static double number(MatchResult m, int group) {
    double value = Double.parseDouble(m.group(group));
    if (!(value > 0)) {
      throw new IllegalArgumentException(m.group() + ": a width of 0 makes no network; use 0.25, for one");
    }
    return value;
  }

  static ZooNet vgg(int depth, boolean normed) {
    return classifier("vgg" + depth + (normed ? "-bn" : ""), "VGG-" + depth + (normed ? " with batch normalisation" : "") + " (Simonyan and Zisserman 2015)", 224, 32,
        (classes, in) -> Vgg.build(classes, in.dim(0), depth, normed, 1));
  }

  static ZooNet networkInNetwork(int root) {
    return new ZooNet("nin" + (root == 1 ? "" : "-g" + root), "Network in Network (Lin et al. 2014)" + (root == 1 ? "" : " with root-" + root + " filter groups (Ioannou et al. 2017)"), 32, 8,
        (classes, channels, size) -> NetworkInNetwork.build(classes, channels, root));
  }

  static ZooNet resnet(int depth) {
    String summary = "ResNet-" + depth + " (He et al. 2016)" + (depth < 50 ? "" : ", stride in the 3x3 convolution");
    return classifier("resnet" + depth, summary, 224, 32, switch (depth) {
      case 18 -> (classes, in) -> ResNeXt.basic(classes, in.dim(0), 2, 2, 2, 2);
      case 34 -> (classes, in) -> ResNeXt.basic(classes, in.dim(0), 3, 4, 6, 3);
      default -> (classes, in) -> ResNeXt.build(classes, in.dim(0), 1, 64, bottlenecks(depth));
    });
  }

  /** He et al. 2016, table 1. */
  private static int[] bottlenecks(int depth) {
    return new int[] {3, depth == 152 ? 8 : 4, depth == 50 ? 6 : depth == 101 ? 23 : 36, 3};
  }

  static ZooNet resnext(int depth, int cardinality, int width) {
    return resnext("resnext" + depth + "-" + cardinality + "x" + width + "d", depth, cardinality, width);
  }

  static ZooNet resnext(String name, int depth, int cardinality, int width) {
    return classifier(name, "ResNeXt-" + depth + " " + cardinality + "x" + width + "d (Xie et al. 2017)", 224, 32,
        (classes, in) -> ResNeXt.build(classes, in.dim(0), cardinality, width, bottlenecks(depth)));
  }

  static ZooNet resnext29(int cardinality, int width) {
    return new ZooNet("resnext29-" + cardinality + "x" + width + "d", "ResNeXt-29 " + cardinality + "x" + width + "d for CIFAR (Xie et al. 2017)", 32, 8,
        (classes, channels, size) -> ResNeXt.cifar(classes, channels, cardinality, width, 3));
  }

  static ZooNet mobilenet(double multiplier) {
    return classifier(multiplier == 1 ? "mobilenet" : "mobilenet-" + multiplier, "MobileNet v1 " + multiplier + " (Howard et al. 2017): depthwise separable convolutions", 224, 32,
        (classes, in) -> MobileNet.build(classes, in.dim(0), multiplier, Activation.Kind.RELU));
  }

  private static ZooNet mobilenetOfTimm(int percent) {
    return classifier("mobilenetv1-" + String.format(Locale.ROOT, "%03d", percent), "MobileNet v1 with ReLU6, as timm's weights want it", 224, 32,
        (classes, in) -> MobileNet.build(classes, in.dim(0), percent / 100.0, Activation.Kind.RELU6));
  }

  static ZooNet mobilenetV2(double multiplier) {
    return classifier(multiplier == 1 ? "mobilenet-v2" : "mobilenet-v2-" + multiplier, "MobileNet v2 " + multiplier + " (Sandler et al. 2018): inverted residuals", 224, 32,
        (classes, in) -> MobileNetV2.build(classes, in.dim(0), multiplier));
  }

  static ZooNet shufflenet(int groups, double multiplier) {
    String name = "shufflenet" + (groups == 3 ? "" : "-g" + groups) + (multiplier == 1 ? "" : "-" + multiplier + "x");
    String width = multiplier == 1 ? "1x" : multiplier + "x";
    return classifier(name, "ShuffleNet v1 " + width + ", " + groups + (groups == 1 ? " group" : " groups") + " (Zhang et al. 2018): grouped pointwise convolutions and channel shuffle", 224, 32,
        (classes, in) -> ShuffleNet.build(classes, in.dim(0), groups, multiplier));
  }

  static ZooNet shufflenetV2(String multiplier) {
    return classifier("shufflenet-v2" + (multiplier.equals("1.0") ? "" : "-x" + multiplier.replace('.', '-')), "ShuffleNet v2 " + multiplier + "x (Ma et al. 2018): channel split and shuffle", 224, 32,
        (classes, in) -> ShuffleNetV2.build(classes, in.dim(0), multiplier));
  }

  static ZooNet fcn(int stride) {
    return new ZooNet("fcn" + stride + "s", "FCN-" + stride + "s on VGG-16 (Long et al. 2015): scores per pixel, up-sampled by transposed convolutions", ZooNet.Task.SEGMENTATION, 21,
        Shape.of(3, 500, 500), Shape.of(1, 16, 16), (classes, in) -> new Fcn(classes, in.dim(0), stride, 1));
  }
}
