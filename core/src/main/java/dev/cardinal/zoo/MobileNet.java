package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.depthwise2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;

/** MobileNet v1 (Howard et al. 2017, table 1), width multiplier 1: 4,231,976 parameters for 1000 classes. */
final class MobileNet {
  /** Output channels and stride of each depthwise-separable pair. */
  private static final int[][] PAIRS = {
    {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}
  };

  private MobileNet() {}

  static Module build(int classes, int channels, int size) {
    Sequential net = new Sequential()
        .add("conv1", conv2d(channels, 32, 3).stride(2).padding(1).noBias().init(Initializer.heNormal())).add("bn1", batchNorm(32)).add("relu1", relu());
    int in = 32;
    for (int i = 0; i < PAIRS.length; i++) {
      int out = PAIRS[i][0];
      net.add("pair" + (i + 1), new Sequential()
          .add("depthwise", depthwise2d(in, 1, 3).stride(PAIRS[i][1]).padding(1).noBias().init(Initializer.heNormal())).add("bn1", batchNorm(in)).add("relu1", relu())
          .add("pointwise", conv2d(in, out, 1).noBias().init(Initializer.heNormal())).add("bn2", batchNorm(out)).add("relu2", relu()));
      in = out;
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }
}
