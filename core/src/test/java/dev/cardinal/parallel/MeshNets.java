package dev.cardinal.parallel;

import static dev.cardinal.nn.Layers.avgPool;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.channelShuffle;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.leakyRelu;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.lrn;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Residual;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import java.util.Random;

/** Small networks with the structure of the published ones. */
final class MeshNets {
  private MeshNets() {}

  /** AlexNet's layers, an eighth as wide, for pictures of 35 pixels. */
  static Module alexNet(int classes) {
    return new Sequential()
        .add("conv1", conv2d(3, 16, 5).stride(2)).add("relu1", relu()).add("norm1", lrn(5, 5e-4, 0.75, 2, 2)).add("pool1", maxPool(3, 2, 0))
        .add("conv2", conv2d(16, 32, 3).padding(1).groups(2)).add("relu2", relu()).add("norm2", lrn(5, 5e-4, 0.75, 2, 2)).add("pool2", maxPool(3, 2, 0))
        .add("conv3", conv2d(32, 48, 3).padding(1)).add("relu3", relu())
        .add("conv4", conv2d(48, 48, 3).padding(1).groups(2)).add("relu4", relu())
        .add("conv5", conv2d(48, 32, 3).padding(1).groups(2)).add("relu5", relu())
        .add("flatten", flatten())
        .add("drop6", dropout(0.5)).add("fc6", linear(288, 64)).add("relu6", relu())
        .add("drop7", dropout(0.5)).add("fc7", linear(64, 64)).add("relu7", relu()).add("fc8", linear(64, classes));
  }

  /** Bottlenecks of cardinality 4 with projected and plain shortcuts (Xie et al. 2017). */
  static Module resNeXt(int classes) {
    return new Sequential().add("conv1", conv2d(3, 16, 3).padding(1).noBias()).add("bn1", batchNorm(16)).add("relu", relu()).add("pool", maxPool(3, 2, 1))
        .add("layer1", new Sequential(bottleneck(16, 16, 32, 1), bottleneck(32, 16, 32, 1))).add("layer2", new Sequential(bottleneck(32, 32, 64, 2)))
        .add("avgpool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(64, classes));
  }

  private static Module bottleneck(int in, int width, int out, int stride) {
    Module body = new Sequential(conv2d(in, width, 1).noBias(), batchNorm(width), relu(), conv2d(width, width, 3).stride(stride).padding(1).groups(4).noBias(), batchNorm(width), relu(),
        conv2d(width, out, 1).noBias(), batchNorm(out));
    Module shortcut = in == out && stride == 1 ? null : new Sequential(conv2d(in, out, 1).stride(stride).noBias(), batchNorm(out));
    return new Residual(body, shortcut);
  }

  /** Depthwise separable pairs (Howard et al. 2017). */
  static Module mobileNet(int classes) {
    Sequential s = new Sequential().add("stem", conv2d(3, 8, 3).stride(2).padding(1).noBias()).add("bn", batchNorm(8)).add("relu", relu());
    int in = 8;
    for (int out : new int[] {16, 24, 32}) {
      s.add("pair" + out, new Sequential(conv2d(in, in, 3).stride(out == 24 ? 2 : 1).padding(1).groups(in).noBias(), batchNorm(in), relu(), conv2d(in, out, 1).noBias(), batchNorm(out), relu()));
      in = out;
    }
    return s.add("pool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(in, classes));
  }

  /** Units of grouped pointwise layers with a shuffle between, and a concatenated shortcut (Zhang et al. 2018, figure 2). */
  static Module shuffleNet(int classes) {
    return new Sequential().add("conv1", conv2d(3, 16, 3).stride(2).padding(1).noBias()).add("bn1", batchNorm(16)).add("relu1", relu())
        .add("down", new ShuffleUnit(16, 48, true)).add("unit", new ShuffleUnit(48, 48, false)).add("down2", new ShuffleUnit(48, 80, true))
        .add("pool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(80, classes));
  }

  private static final class ShuffleUnit extends Module {
    private final boolean down;
    private final Module squeeze;
    private final Module expand;

    ShuffleUnit(int in, int out, boolean down) {
      this.down = down;
      squeeze = child("squeeze", new Sequential(conv2d(in, 16, 1).groups(4).noBias(), batchNorm(16), relu(), channelShuffle(4),
          conv2d(16, 16, 3).stride(down ? 2 : 1).padding(1).groups(16).noBias(), batchNorm(16)));
      int made = down ? out - in : out;
      expand = child("expand", new Sequential(conv2d(16, made, 1).groups(4).noBias(), batchNorm(made)));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value y = expand.apply(t, squeeze.apply(t, x));
      return t.relu(down ? t.concat(avgPool(3, 2, 1).apply(t, x), y) : t.sum(x, y));
    }
  }

  /** Network in network with grouped spatial layers (Ioannou et al. 2017). */
  static Module networkInNetwork(int classes) {
    return new Sequential()
        .add("conv1", conv2d(3, 16, 3).padding(1)).add("relu1", relu()).add("cccp1", conv2d(16, 16, 1)).add("relu2", relu()).add("pool1", maxPool(2, 2, 0)).add("drop1", dropout(0.3))
        .add("conv2", conv2d(16, 32, 3).padding(1).groups(4)).add("relu3", relu()).add("cccp2", conv2d(32, classes, 1)).add("relu4", relu())
        .add("pool", globalAvgPool()).add("flatten", flatten());
  }

  /** Down, and up again by grouped transposed convolutions, with a concatenated skip (Ronneberger et al. 2015); logits per pixel. */
  static Module uNet(int classes) {
    return new UNet(classes);
  }

  private static final class UNet extends Module {
    private final Module down1;
    private final Module down2;
    private final Module up;
    private final Module merge;
    private final Module head;

    UNet(int classes) {
      down1 = child("down1", new Sequential(conv2d(3, 8, 3).padding(1), batchNorm(8), relu()));
      down2 = child("down2", new Sequential(maxPool(2, 2, 0), conv2d(8, 16, 3).padding(1).groups(4), batchNorm(16), relu()));
      up = child("up", convTranspose2d(16, 8, 2).stride(2).groups(4));
      merge = child("merge", new Sequential(conv2d(16, 16, 3).padding(1).groups(4), relu(), convTranspose2d(16, 8, 3).padding(1)));
      head = child("head", conv2d(8, classes, 1));
    }

    @Override
    protected Value build(Trace t, Value x) {
      Value skip = down1.apply(t, x);
      return head.apply(t, merge.apply(t, t.concat(skip, up.apply(t, down2.apply(t, skip)))));
    }
  }

  /** A network of random layers whose groups four devices divide, for pictures of 4 pixels. */
  static Module random(long seed, int classes) {
    Random r = new Random(seed);
    Sequential s = new Sequential();
    int c = 8 * (1 + r.nextInt(2));
    s.add("stem", conv2d(3, c, 3).padding(1));
    int size = 4;
    for (int i = 0; i < 4; i++) {
      int out = 8 * (1 + r.nextInt(2));
      int groups = 4 << r.nextInt(2);
      switch (r.nextInt(8)) {
        case 0 -> s.add("dense" + i, conv2d(c, out, 1 + 2 * r.nextInt(2)).padding(1));
        case 1, 2 -> s.add("grouped" + i, conv2d(c, out, 3).padding(1).dilation(1).groups(groups));
        case 3 -> s.add("shuffled" + i, new Sequential(conv2d(c, out, 1).groups(groups), channelShuffle(groups)));
        case 4 -> s.add("depthwise" + i, conv2d(c, c < 32 ? 2 * c : c, 3).padding(1).groups(c));
        case 5 -> s.add("transposed" + i, convTranspose2d(c, out, 3).padding(1).groups(groups));
        case 6 -> s.add("residual" + i, new Residual(new Sequential(conv2d(c, c, 3).padding(1).groups(groups), batchNorm(c)), null));
        default -> s.add("wide" + i, convTranspose2d(c, out, 3).padding(1));
      }
      c = switch (s.children().keySet().toArray(String[]::new)[s.children().size() - 1].replaceAll("\\d", "")) {
        case "depthwise" -> c < 32 ? 2 * c : c;
        case "residual" -> c;
        default -> out;
      };
      switch (r.nextInt(6)) {
        case 0 -> s.add("norm" + i, batchNorm(c));
        case 1 -> s.add("lrn" + i, lrn(3, 1e-3, 0.75, 1, 4));
        case 2 -> s.add("drop" + i, dropout(0.2));
        case 3 -> s.add("leaky" + i, leakyRelu(0.1));
        default -> s.add("relu" + i, relu());
      }
      if (size > 2 && r.nextInt(3) == 0) {
        s.add("pool" + i, r.nextBoolean() ? maxPool(2, 2, 0) : avgPool(2, 2, 0));
        size /= 2;
      }
    }
    if (r.nextBoolean()) {
      return s.add("pool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(c, classes));
    }
    s.add("shrink", conv2d(c, 8, 1)).add("gap", dev.cardinal.nn.Layers.adaptiveAvgPool(2)).add("flatten", flatten());
    return s.add("fc1", linear(32, 16 + 8 * r.nextInt(2))).add("last", new Sequential()).add("reluLast", relu()).add("fc2", linear(fc1Width(s), classes));
  }

  private static int fc1Width(Sequential s) {
    return s.children().get("fc1").parameters().get("bias").type().shape().dim(0);
  }
}
