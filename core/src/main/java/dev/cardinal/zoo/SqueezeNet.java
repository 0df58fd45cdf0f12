package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.maxPoolCeil;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Convolution;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;

/** SqueezeNet 1.0 (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, table 1). Parameter names are those of torchvision. */
final class SqueezeNet {
  private SqueezeNet() {}

  static Module build(int classes, int channels) {
    return new Sequential()
        .add("features", new Sequential(
            conv(channels, 96, 7).stride(2), relu(), maxPoolCeil(3, 2, 0),
            new Fire(96, 16, 64), new Fire(128, 16, 64), new Fire(128, 32, 128), maxPoolCeil(3, 2, 0),
            new Fire(256, 32, 128), new Fire(256, 48, 192), new Fire(384, 48, 192), new Fire(384, 64, 256), maxPoolCeil(3, 2, 0),
            new Fire(512, 64, 256)))
        .add("classifier", new Sequential(dropout(0.5), conv2d(512, classes, 1).init(Initializer.normal(0.01), Initializer.constant(0)), relu(), globalAvgPool()))
        .add("flatten", flatten());
  }

  private static Convolution conv(int in, int out, int kernel) {
    return conv2d(in, out, kernel).init(Initializer.heNormal(), Initializer.constant(0));
  }

  /** Figure 1: a pointwise layer that squeezes, then 1×1 and 3×3 layers side by side that expand. */
  private static final class Fire extends Module {
    private final Module squeeze;
    private final Module expand1x1;
    private final Module expand3x3;

    Fire(int in, int squeezed, int expanded) {
      squeeze = child("squeeze", conv(in, squeezed, 1));
      expand1x1 = child("expand1x1", conv(squeezed, expanded, 1));
      expand3x3 = child("expand3x3", conv(squeezed, expanded, 3).padding(1));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value s = t.relu(squeeze.apply(t, x));
      return t.concat(t.relu(expand1x1.apply(t, s)), t.relu(expand3x3.apply(t, s)));
    }
  }
}
