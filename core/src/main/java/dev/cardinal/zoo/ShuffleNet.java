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
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.PoolGeometry;

/**
 * ShuffleNet v1 (Zhang et al., "ShuffleNet: an extremely efficient convolutional neural network for mobile devices", 2018, table 1, figure 2). A width multiplier scales every layer's channels (section
 * 4.1.1), rounded so that the groups divide them: stages to the nearest multiple of four times the groups, the first layer up to a multiple of the groups
 * and not below 12, which the 13 M multiply-adds of 0.25× in table 2 imply.
 */
final class ShuffleNet {
  private static final int[] REPEATS = {4, 8, 4};

  private ShuffleNet() {}

  static Module build(int classes, int channels, int groups, double multiplier) {
    int full = switch (groups) {
      case 1 -> 144;
      case 2 -> 200;
      case 3 -> 240;
      case 4 -> 272;
      case 8 -> 384;
      default -> throw new IllegalArgumentException("ShuffleNet v1 is published for 1, 2, 3, 4 and 8 groups, got " + groups);
    };
    int unit = 4 * groups;
    int out = Math.max(1, (int) Math.round(full * multiplier / unit)) * unit;
    int first = (int) Math.ceil(Math.max(12, 24 * multiplier) / groups) * groups;
    Sequential net = new Sequential()
        .add("conv1", conv2d(channels, first, 3).stride(2).padding(1).noBias().init(Initializer.heNormal())).add("bn1", batchNorm(first)).add("relu1", relu())
        .add("maxpool", maxPool(3, 2, 1));
    int in = first;
    for (int stage = 0; stage < REPEATS.length; stage++) {
      Sequential layer = new Sequential();
      for (int b = 0; b < REPEATS[stage]; b++) {
        // Section 3.2: the first pointwise layer of stage 2 is not grouped, its input being narrow.
        layer.add(new Unit(in, out << stage, b == 0, stage == 0 && b == 0 ? 1 : groups, groups));
        in = out << stage;
      }
      net.add("stage" + (stage + 2), layer);
    }
    return net.add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }

  /** Figure 2b, and with stride 2 figure 2c: the shortcut is pooled and concatenated. */
  private static final class Unit extends Module {
    private final boolean down;
    private final int groups;
    private final Module squeeze;
    private final Module spatial;
    private final Module expand;

    Unit(int in, int out, boolean down, int firstGroups, int groups) {
      this.down = down;
      this.groups = firstGroups;
      int middle = out / 4;
      squeeze = child("squeeze", new Sequential(conv2d(in, middle, 1).groups(firstGroups).noBias().init(Initializer.heNormal()), batchNorm(middle), relu()));
      spatial = child("spatial", new Sequential(depthwise2d(middle, 1, 3).stride(down ? 2 : 1).padding(1).noBias().init(Initializer.heNormal()), batchNorm(middle)));
      int made = down ? out - in : out;
      expand = child("expand", new Sequential(conv2d(middle, made, 1).groups(groups).noBias().init(Initializer.heNormal()), batchNorm(made)));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value y = squeeze.apply(t, x);
      y = expand.apply(t, spatial.apply(t, groups > 1 ? t.shuffle(y, groups) : y));
      if (!down) {
        return t.relu(t.sum(y, x));
      }
      return t.relu(t.concat(t.add(new AvgPool(PoolGeometry.of(2, 3, 2, 1), true), x), y));
    }
  }
}
