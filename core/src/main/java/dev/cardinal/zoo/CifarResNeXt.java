package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;

/**
 * Networks in the manner of ResNeXt (Xie et al. 2017) for small pictures: a 3×3 stem, three stages of residual blocks that double the channels and halve the picture, the mean over positions, a
 * classifier. A block is a grouped 3×3 convolution followed by a pointwise one that mixes the groups (the aggregated transformations of figure 3c with one pointwise layer fewer).
 */
final class CifarResNeXt {
  private CifarResNeXt() {}

  static Module build(int channels, int classes, int width, int cardinality, int... blocks) {
    Sequential net = new Sequential().add("conv1", conv(channels, width, 3, 1, 1)).add("bn1", batchNorm(width)).add("relu", relu());
    int in = width;
    for (int stage = 0; stage < blocks.length; stage++) {
      int out = width << stage;
      Sequential layer = new Sequential();
      for (int b = 0; b < blocks[stage]; b++) {
        layer.add(block(in, out, b == 0 && stage > 0 ? 2 : 1, cardinality));
        in = out;
      }
      net.add("layer" + (stage + 1), layer);
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }

  private static Module block(int in, int out, int stride, int groups) {
    Module body = new Sequential()
        .add("conv1", conv(in, out, 3, stride, groups)).add("bn1", batchNorm(out)).add("relu1", relu())
        .add("conv2", conv(out, out, 1, 1, 1)).add("bn2", batchNorm(out)).add("relu2", relu())
        .add("conv3", conv(out, out, 3, 1, groups)).add("bn3", batchNorm(out));
    Module shortcut = in == out && stride == 1 ? null : new Sequential(conv(in, out, 1, stride, 1), batchNorm(out));
    return new Residual(body, shortcut);
  }

  private static Convolution conv(int in, int out, int kernel, int stride, int groups) {
    return conv2d(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormal());
  }
}
