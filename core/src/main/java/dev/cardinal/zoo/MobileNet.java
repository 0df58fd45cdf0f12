package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.activation;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.depthwise2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.Activation;

/**
 * MobileNet v1 (Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017, table 1): 4,231,976 parameters at width multiplier 1 for 1000 classes.
 * Parameter names are those of timm's {@code mobilenetv1_100}, whose weights are trained with ReLU6 where the paper has ReLU.
 */
final class MobileNet {
  /** Output channels and stride of each depthwise-separable pair; a stage is a line. */
  private static final int[][][] STAGES = {
    {{64, 1}},
    {{128, 2}, {128, 1}},
    {{256, 2}, {256, 1}},
    {{512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}},
    {{1024, 2}, {1024, 1}}
  };

  private MobileNet() {}

  static Module build(int classes, int channels, double multiplier, Activation.Kind kind) {
    int in = scaled(32, multiplier);
    Sequential net = new Sequential()
        .add("conv_stem", conv2d(channels, in, 3).stride(2).padding(1).noBias().init(Initializer.heNormal())).add("bn1", batchNorm(in)).add("act1", activation(kind));
    Sequential blocks = new Sequential();
    for (int[][] stage : STAGES) {
      Sequential layer = new Sequential();
      for (int[] pair : stage) {
        int out = scaled(pair[0], multiplier);
        layer.add(pair(in, out, pair[1], kind));
        in = out;
      }
      blocks.add(layer);
    }
    return net.add("blocks", blocks).add("global_pool", globalAvgPool()).add("flatten", flatten()).add("classifier", linear(in, classes));
  }

  /** Figure 3, right: depthwise, then pointwise, each with batch normalisation and ReLU. */
  static Sequential pair(int in, int out, int stride, Activation.Kind kind) {
    return new Sequential()
        .add("conv_dw", depthwise2d(in, 1, 3).stride(stride).padding(1).noBias().init(Initializer.heNormal())).add("bn1", batchNorm(in)).add("act1", activation(kind))
        .add("conv_pw", conv2d(in, out, 1).noBias().init(Initializer.heNormal())).add("bn2", batchNorm(out)).add("act2", activation(kind));
  }

  /** Section 3.3: every layer's channels times the multiplier, to a multiple of 8 and not below nine tenths of it, as the authors' code has it. */
  static int scaled(int channels, double multiplier) {
    double wanted = channels * multiplier;
    int rounded = Math.max(8, (int) (wanted + 4) / 8 * 8);
    return rounded < 0.9 * wanted ? rounded + 8 : rounded;
  }
}
