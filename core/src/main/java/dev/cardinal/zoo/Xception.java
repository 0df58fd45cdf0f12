package dev.cardinal.zoo;

import static dev.cardinal.nn.Blocks.separable;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
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

/** Xception (Chollet, "Xception: deep learning with depthwise separable convolutions", 2017, figure 5). Parameter names are those of timm's {@code legacy_xception}. */
final class Xception {
  private Xception() {}

  static Module build(int classes, int channels) {
    Sequential net = new Sequential()
        .add("conv1", conv(channels, 32, 3).stride(2)).add("bn1", batchNorm(32)).add("act1", relu())
        .add("conv2", conv(32, 64, 3)).add("bn2", batchNorm(64)).add("act2", relu())
        .add("block1", new Block(2, 64, false, 128, 128))
        .add("block2", new Block(2, 128, true, 256, 256))
        .add("block3", new Block(2, 256, true, 728, 728));
    for (int i = 4; i <= 11; i++) {
      net.add("block" + i, new Block(1, 728, true, 728, 728, 728));
    }
    return net.add("block12", new Block(2, 728, true, 728, 1024))
        .add("conv3", separable(1024, 1536, 3)).add("bn3", batchNorm(1536)).add("act3", relu())
        .add("conv4", separable(1536, 2048, 3)).add("bn4", batchNorm(2048)).add("act4", relu())
        .add("global_pool", globalAvgPool()).add("flatten", flatten()).add("fc", linear(2048, classes));
  }

  private static Convolution conv(int in, int out, int kernel) {
    return conv2d(in, out, kernel).noBias().init(Initializer.heNormal());
  }

  /** Separable convolutions with a shortcut around them. */
  private static final class Block extends Module {
    private final Module rep;
    private final Module skip;
    private final Module skipbn;

    /**
     * A block.
     *
     * @param reluFirst whether a ReLU stands before the first convolution
     * @param out output channels of each separable convolution
     */
    Block(int stride, int in, boolean reluFirst, int... out) {
      Sequential body = new Sequential();
      int c = in;
      for (int i = 0; i < out.length; i++) {
        if (i > 0 || reluFirst) {
          body.add(relu());
        }
        body.add(separable(c, out[i], 3)).add(batchNorm(out[i]));
        c = out[i];
      }
      if (stride > 1) {
        body.add(maxPool(3, stride, 1));
      }
      rep = child("rep", body);
      boolean same = in == c && stride == 1;
      skip = same ? null : child("skip", conv(in, c, 1).stride(stride));
      skipbn = same ? null : child("skipbn", batchNorm(c));
    }

    @Override
    protected Value build(Trace t, Value x) {
      return t.sum(rep.apply(t, x), skip == null ? x : skipbn.apply(t, skip.apply(t, x)));
    }
  }
}
