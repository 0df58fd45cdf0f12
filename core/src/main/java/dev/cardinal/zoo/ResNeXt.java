package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.graph.Value;
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
    Sequential net = new Sequential()
        .add("conv1", conv2d(channels, 64, 7).stride(2).padding(3).noBias().init(Initializer.heNormalFanOut(1)))
        .add("bn1", batchNorm(64)).add("relu", relu()).add("maxpool", maxPool(3, 2, 1));
    int in = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      Sequential layer = new Sequential();
      int out = 256 << stage;
      for (int b = 0; b < blocks[stage]; b++) {
        layer.add(new Bottleneck(in, cardinality * width << stage, out, b == 0 && stage > 0 ? 2 : 1, cardinality));
        in = out;
      }
      net.add("layer" + (stage + 1), layer);
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
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
      conv1 = child("conv1", conv2d(in, width, 1).noBias().init(Initializer.heNormalFanOut(1)));
      bn1 = child("bn1", batchNorm(width));
      conv2 = child("conv2", conv2d(width, width, 3).stride(stride).padding(1).groups(groups).noBias().init(Initializer.heNormalFanOut(groups)));
      bn2 = child("bn2", batchNorm(width));
      conv3 = child("conv3", conv2d(width, out, 1).noBias().init(Initializer.heNormalFanOut(1)));
      bn3 = child("bn3", batchNorm(out));
      boolean same = in == out && stride == 1;
      downsample = same ? null
          : child("downsample", new Sequential(conv2d(in, out, 1).stride(stride).noBias().init(Initializer.heNormalFanOut(1)), batchNorm(out)));
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
