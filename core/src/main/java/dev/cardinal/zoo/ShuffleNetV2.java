package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.depthwise2d;
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

/** ShuffleNet v2 (Ma et al., "ShuffleNet V2: practical guidelines for efficient CNN architecture design", 2018, table 5, figure 3). Parameter names are those of torchvision. */
final class ShuffleNetV2 {
  private static final int[] REPEATS = {4, 8, 4};

  private ShuffleNetV2() {}

  /** @param multiplier as the paper writes it: 0.5x, 1x, 1.5x or 2x */
  static Module build(int classes, int channels, String multiplier) {
    int[] widths = switch (multiplier) {
      case "0.5" -> new int[] {48, 96, 192, 1024};
      case "1.0" -> new int[] {116, 232, 464, 1024};
      case "1.5" -> new int[] {176, 352, 704, 1024};
      case "2.0" -> new int[] {244, 488, 976, 2048};
      default -> throw new IllegalArgumentException("ShuffleNet v2 is published at 0.5, 1.0, 1.5 and 2.0 times the width, got " + multiplier);
    };
    Sequential net = new Sequential().add("conv1", new Sequential(plain(channels, 24, 3, 2), batchNorm(24), relu())).add("maxpool", maxPool(3, 2, 1));
    int in = 24;
    for (int stage = 0; stage < REPEATS.length; stage++) {
      Sequential layer = new Sequential();
      for (int b = 0; b < REPEATS[stage]; b++) {
        layer.add(new Unit(in, widths[stage], b == 0));
        in = widths[stage];
      }
      net.add("stage" + (stage + 2), layer);
    }
    return net.add("conv5", new Sequential(plain(in, widths[3], 1, 1), batchNorm(widths[3]), relu()))
        .add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(widths[3], classes));
  }

  private static Convolution plain(int in, int out, int kernel, int stride) {
    return conv2d(in, out, kernel).stride(stride).padding(kernel / 2).noBias().init(Initializer.heNormal());
  }

  private static Convolution depthwise(int channels, int stride) {
    return depthwise2d(channels, 1, 3).stride(stride).padding(1).noBias().init(Initializer.heNormal());
  }

  /** Figure 3c: half of the channels pass by. Figure 3d, where the picture is halved: both branches work on all of them. */
  private static final class Unit extends Module {
    private final int half;
    private final Module branch1;
    private final Module branch2;

    Unit(int in, int out, boolean down) {
      half = out / 2;
      branch1 = down ? child("branch1", new Sequential(depthwise(in, 2), batchNorm(in), plain(in, half, 1, 1), batchNorm(half), relu())) : null;
      branch2 = child("branch2", new Sequential(
          plain(down ? in : half, half, 1, 1), batchNorm(half), relu(),
          depthwise(half, down ? 2 : 1), batchNorm(half),
          plain(half, half, 1, 1), batchNorm(half), relu()));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value left = branch1 == null ? t.channels(x, 0, half) : branch1.apply(t, x);
      Value right = branch2.apply(t, branch1 == null ? t.channels(x, half, 2 * half) : x);
      return t.shuffle(t.concat(left, right), 2);
    }
  }
}
