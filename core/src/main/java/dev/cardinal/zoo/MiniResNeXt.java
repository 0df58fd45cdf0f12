package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;

/**
 * Networks in the manner of ResNeXt (Xie et al. 2017) for small pictures and short training: a 3×3 stem, then per stage a 3×3 convolution that widens, a 2×2 maximum, and a residual block of aggregated
 * transformations (a pointwise convolution that mixes the groups, then a grouped 3×3 one); at the end the mean over positions and a classifier.
 *
 * <p>The maximum stands before batch normalisation and ReLU, which then pass over a quarter of the memory; with a positive scale the order makes no difference.
 */
final class MiniResNeXt {
  private MiniResNeXt() {}

  /**
   * @param stem channels of the stem
   * @param cardinality groups of all 3×3 convolutions but the stem and the first stage's widening one, which is too narrow to divide
   * @param widths channels of the stages
   */
  static Module build(int classes, int channels, int cardinality, int stem, int... widths) {
    Sequential net = new Sequential().add("conv1", conv(channels, stem, 3, 1)).add("bn1", batchNorm(stem)).add("relu1", relu());
    int in = stem;
    for (int stage = 0; stage < widths.length; stage++) {
      int out = widths[stage];
      Sequential layer = new Sequential()
          .add("conv", conv(in, out, 3, stage == 0 ? 1 : cardinality)).add("pool", maxPool(2, 2, 0)).add("bn", batchNorm(out)).add("relu", relu())
          .add("block", new Residual(new Sequential(conv(out, out, 1, 1), batchNorm(out), relu(), conv(out, out, 3, cardinality), batchNorm(out)), null));
      net.add("layer" + (stage + 1), layer);
      in = out;
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }

  private static Convolution conv(int in, int out, int kernel, int groups) {
    return conv2d(in, out, kernel).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormal());
  }
}
