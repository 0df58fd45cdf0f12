package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;

/**
 * ResNeXt (Xie et al., "Aggregated residual transformations for deep neural networks", 2017, table 1), and ResNet as its cardinality 1 × 64d. Parameter names are those of torchvision.
 */
final class ResNeXt {
  private ResNeXt() {}

  /**
   * @param cardinality groups of the 3×3 convolutions
   * @param width channels per group in the first stage; doubled from stage to stage
   */
  static Module build(int classes, int channels, int cardinality, int width, int... blocks) {
    Sequential net = stem(channels);
    int in = stages(net, 64, cardinality, width, blocks);
    return classified(net, in, classes);
  }

  /** ResNet of basic blocks (He et al., "Deep residual learning for image recognition", 2016, table 1, 18 and 34 layers). */
  static Module basic(int classes, int channels, int... blocks) {
    Sequential net = stem(channels);
    int in = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      Sequential layer = new Sequential();
      int out = 64 << stage;
      for (int b = 0; b < blocks[stage]; b++) {
        layer.add(new Basic(in, out, b == 0 && stage > 0 ? 2 : 1));
        in = out;
      }
      net.add("layer" + (stage + 1), layer);
    }
    return classified(net, in, classes);
  }

  /**
   * ResNeXt for CIFAR (section 5.1, "implementation details"): a 3×3 layer, three stages of {@code blocks} blocks of 256, 512 and 1024 channels. ResNeXt-29 has three blocks a stage.
   */
  static Module cifar(int classes, int channels, int cardinality, int width, int blocks) {
    Sequential net = new Sequential().add("conv1", conv(channels, 64, 3, 1, 1)).add("bn1", batchNorm(64)).add("relu", relu());
    int in = stages(net, 64, cardinality, width, blocks, blocks, blocks);
    return classified(net, in, classes);
  }

  private static Sequential stem(int channels) {
    return new Sequential().add("conv1", conv(channels, 64, 7, 2, 1)).add("bn1", batchNorm(64)).add("relu", relu()).add("maxpool", maxPool(3, 2, 1));
  }

  private static int stages(Sequential net, int first, int cardinality, int width, int... blocks) {
    int in = first;
    for (int stage = 0; stage < blocks.length; stage++) {
      Sequential layer = new Sequential();
      int out = 256 << stage;
      for (int b = 0; b < blocks[stage]; b++) {
        layer.add(new Bottleneck(in, cardinality * width << stage, out, b == 0 && stage > 0 ? 2 : 1, cardinality));
        in = out;
      }
      net.add("layer" + (stage + 1), layer);
    }
    return in;
  }

  private static Sequential classified(Sequential net, int features, int classes) {
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(features, classes));
  }

  private static Convolution conv(int in, int out, int kernel, int stride, int groups) {
    return conv2d(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormalFanOut(groups));
  }

  private static Module projection(int in, int out, int stride) {
    return new Sequential(conv(in, out, 1, stride, 1), batchNorm(out));
  }

  /** Two 3×3 layers (He et al. 2016, figure 5, left). */
  private static final class Basic extends Module {
    private final Module conv1;
    private final Module bn1;
    private final Module conv2;
    private final Module bn2;
    private final Module downsample;

    Basic(int in, int out, int stride) {
      conv1 = child("conv1", conv(in, out, 3, stride, 1));
      bn1 = child("bn1", batchNorm(out));
      conv2 = child("conv2", conv(out, out, 3, 1, 1));
      bn2 = child("bn2", batchNorm(out));
      downsample = in == out && stride == 1 ? null : child("downsample", projection(in, out, stride));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value y = t.relu(bn1.apply(t, conv1.apply(t, x)));
      return t.relu(t.sum(bn2.apply(t, conv2.apply(t, y)), downsample == null ? x : downsample.apply(t, x)));
    }
  }

  /** 1×1, grouped 3×3, 1×1, with a projected shortcut where the shape changes (figure 3c). */
  private static final class Bottleneck extends Module {
    private final Module conv1;
    private final Module bn1;
    private final Module conv2;
    private final Module bn2;
    private final Module conv3;
    private final Module bn3;
    private final Module downsample;

    Bottleneck(int in, int width, int out, int stride, int groups) {
      conv1 = child("conv1", conv(in, width, 1, 1, 1));
      bn1 = child("bn1", batchNorm(width));
      conv2 = child("conv2", conv(width, width, 3, stride, groups));
      bn2 = child("bn2", batchNorm(width));
      conv3 = child("conv3", conv(width, out, 1, 1, 1));
      bn3 = child("bn3", batchNorm(out));
      downsample = in == out && stride == 1 ? null : child("downsample", projection(in, out, stride));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value shortcut = downsample == null ? x : downsample.apply(t, x);
      Value y = t.relu(bn1.apply(t, conv1.apply(t, x)));
      y = t.relu(bn2.apply(t, conv2.apply(t, y)));
      y = bn3.apply(t, conv3.apply(t, y));
      return t.relu(t.sum(y, shortcut));
    }
  }
}
