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
 * A network in the manner of ResNeXt (Xie et al. 2017) for a good score on small pictures within few epochs. The stem is a 2×2 convolution without normalisation, meant for filters that whiten the
 * pictures and stay as they are (Page 2019, "How to train your ResNet"), so that no gradient is computed at full size but that of one layer's weights. Then three stages: a dense 3×3 convolution that
 * widens and begins as the identity, a 2×2 maximum, and in the last two a residual block of aggregated transformations (a pointwise convolution that mixes the groups, then a grouped 3×3 one).
 *
 * <p>The maximum stands before batch normalisation and ReLU, which then pass over a quarter of the memory; with a positive scale the order makes no difference.
 */
final class QuickResNeXt {
  private static final int STEM = 32;

  private QuickResNeXt() {}

  /**
   * @param cardinality groups of the residual blocks
   * @param widths channels of the three stages
   */
  static Module build(int classes, int channels, int cardinality, int... widths) {
    Sequential net = new Sequential().add("conv1", conv2d(channels, STEM, 2).noBias().init(Initializer.heNormal())).add("relu1", relu());
    int in = STEM;
    for (int stage = 0; stage < widths.length; stage++) {
      int out = widths[stage];
      Sequential layer = new Sequential().add("conv", conv(in, out, 3, 1).init(Initializer.dirac(Initializer.heNormal()))).add("pool", maxPool(2, 2, 0)).add("bn", batchNorm(out)).add("relu", relu());
      if (stage > 0) {
        layer.add("block", new Residual(new Sequential(conv(out, out, 1, 1), batchNorm(out), relu(), conv(out, out, 3, cardinality), batchNorm(out)), null));
      }
      net.add("layer" + (stage + 1), layer);
      in = out;
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }

  private static Convolution conv(int in, int out, int kernel, int groups) {
    return conv2d(in, out, kernel).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormal());
  }
}
