package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.relu6;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;

/** MobileNet v2 (Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", 2018, table 2). Parameter names are those of torchvision. */
final class MobileNetV2 {
  /** Expansion t, channels c, repetitions n, stride s of the first (table 2). */
  private static final int[][] STAGES = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

  private MobileNetV2() {}

  static Module build(int classes, int channels, double multiplier) {
    int in = MobileNet.scaled(32, multiplier);
    int last = MobileNet.scaled(1280, Math.max(1, multiplier));
    Sequential features = new Sequential(normed(channels, in, 3, 2, 1));
    for (int[] s : STAGES) {
      int out = MobileNet.scaled(s[1], multiplier);
      for (int i = 0; i < s[2]; i++) {
        features.add(new InvertedResidual(in, out, i == 0 ? s[3] : 1, s[0]));
        in = out;
      }
    }
    features.add(normed(in, last, 1, 1, 1));
    return new Sequential().add("features", features).add("avgpool", globalAvgPool()).add("flatten", flatten())
        .add("classifier", new Sequential(dropout(0.2), linear(last, classes).init(Initializer.normal(0.01), Initializer.constant(0))));
  }

  private static Sequential normed(int in, int out, int kernel, int stride, int groups) {
    return new Sequential(conv2d(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormalFanOut(groups)), batchNorm(out), relu6());
  }

  /** Figure 3b: narrow, wide and depthwise, narrow; the last layer is linear. */
  private static final class InvertedResidual extends Module {
    private final Module conv;
    private final boolean same;

    InvertedResidual(int in, int out, int stride, int expansion) {
      int middle = in * expansion;
      Sequential body = new Sequential();
      if (expansion != 1) {
        body.add(normed(in, middle, 1, 1, 1));
      }
      body.add(normed(middle, middle, 3, stride, middle));
      body.add(conv2d(middle, out, 1).noBias().init(Initializer.heNormalFanOut(1))).add(batchNorm(out));
      conv = child("conv", body);
      same = stride == 1 && in == out;
    }

    @Override
    protected Value build(Trace t, Value x) {
      return same ? t.sum(x, conv.apply(t, x)) : conv.apply(t, x);
    }
  }
}
