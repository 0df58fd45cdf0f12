package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.avgPool;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Dense;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;

/** DenseNet-BC (Huang et al., "Densely connected convolutional networks", 2017, table 1). Parameter names are those of torchvision. */
final class DenseNet {
  private DenseNet() {}

  /**
   * The network; the first layer has twice the growth rate's channels (section 4.2) and transitions halve them.
   *
   * @param growth channels that each layer adds, 32 in table 1
   * @param blocks layers of each dense block: 6, 12, 24, 16 for DenseNet-121
   */
  static Module build(int classes, int channels, int growth, int... blocks) {
    int in = 2 * growth;
    Sequential features = new Sequential()
        .add("conv0", conv(channels, in, 7).stride(2).padding(3)).add("norm0", batchNorm(in)).add("relu0", relu()).add("pool0", maxPool(3, 2, 1));
    for (int b = 0; b < blocks.length; b++) {
      Dense block = new Dense();
      for (int l = 0; l < blocks[b]; l++) {
        block.add("denselayer" + (l + 1), layer(in, growth));
        in += growth;
      }
      features.add("denseblock" + (b + 1), block);
      if (b < blocks.length - 1) {
        features.add("transition" + (b + 1), new Sequential()
            .add("norm", batchNorm(in)).add("relu", relu()).add("conv", conv(in, in / 2, 1)).add("pool", avgPool(2, 2, 0)));
        in /= 2;
      }
    }
    features.add("norm5", batchNorm(in));
    return new Sequential().add("features", features).add("relu", relu()).add("avgpool", globalAvgPool()).add("flatten", flatten()).add("classifier", linear(in, classes));
  }

  /** Section 3, "bottleneck layers": normalisation, ReLU and a 1×1 layer to four times the growth rate, then the same with a 3×3 layer. */
  private static Sequential layer(int in, int growth) {
    return new Sequential()
        .add("norm1", batchNorm(in)).add("relu1", relu()).add("conv1", conv(in, 4 * growth, 1))
        .add("norm2", batchNorm(4 * growth)).add("relu2", relu()).add("conv2", conv(4 * growth, growth, 3).padding(1));
  }

  private static Convolution conv(int in, int out, int kernel) {
    return conv2d(in, out, kernel).noBias().init(Initializer.heNormal());
  }
}
