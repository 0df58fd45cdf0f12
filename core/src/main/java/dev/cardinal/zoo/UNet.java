package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.conv3d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.convTranspose3d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.nn.Trace;
import dev.cardinal.op.Spatial;
import java.util.ArrayList;
import java.util.List;

/**
 * U-Net (Ronneberger et al., "U-Net: convolutional networks for biomedical image segmentation", 2015, figure 1) and 3-D U-Net (Çiçek et al., "3D U-Net: learning dense volumetric segmentation from
 * sparse annotation", 2016, figure 2): a path that halves the picture and one that doubles it again, joined level by level. Convolutions are not padded, so the output is smaller than the input: 388 of
 * 572 pixels.
 */
final class UNet extends Module {
  private final List<Module> down = new ArrayList<>();
  private final List<Module> rise = new ArrayList<>();
  private final List<Module> up = new ArrayList<>();
  private final Module pool;
  private final Module head;
  private final boolean padded;

  private UNet(boolean padded, Module head) {
    this.padded = padded;
    this.pool = maxPool(2, 2, 0);
    this.head = head;
  }

  /**
   * Figure 1.
   *
   * @param padded whether convolutions keep the size, as many users of U-Net have it; not in the paper
   * @param first channels of the first level, 64 in the paper; every level doubles them
   */
  static Module planar(int classes, int channels, boolean padded, int first) {
    UNet net = new UNet(padded, conv2d(first, classes, 1).init(Initializer.heNormal(), Initializer.constant(0)));
    int in = channels;
    for (int level = 0; level < 5; level++) {
      int c = first << level;
      Sequential pair = net.pair2d(in, c);
      if (level >= 3) {
        // Section 3.1: dropout at the end of the contracting path.
        pair.add("drop", dropout(0.5));
      }
      net.down.add(net.child("down" + (level + 1), pair));
      in = c;
    }
    for (int level = 3; level >= 0; level--) {
      int c = first << level;
      net.rise.add(net.child("rise" + (level + 1), convTranspose2d(2 * c, c, 2).stride(2).init(Initializer.heNormal(), Initializer.constant(0))));
      net.up.add(net.child("up" + (level + 1), net.pair2d(2 * c, c)));
    }
    net.child("head", net.head);
    return net;
  }

  private Sequential pair2d(int in, int out) {
    int padding = padded ? 1 : 0;
    return new Sequential()
        .add("conv1", conv2d(in, out, 3).padding(padding).init(Initializer.heNormal(), Initializer.constant(0))).add("relu1", relu())
        .add("conv2", conv2d(out, out, 3).padding(padding).init(Initializer.heNormal(), Initializer.constant(0))).add("relu2", relu());
  }

  /**
   * Figure 2 of the volumetric paper: channels double before pooling, batch normalisation stands before every ReLU. Its 19,069,955 parameters (section 2.1) are those
   * without scale and shift of the normalisation, which adds 4,672.
   *
   * @param first channels of the first layer, 32 in the paper
   */
  static Module volumetric(int classes, int channels, int first) {
    UNet net = new UNet(false, conv3d(2 * first, classes, 1).init(Initializer.heNormal(), Initializer.constant(0)));
    int in = channels;
    for (int level = 0; level < 4; level++) {
      int c = first << level;
      net.down.add(net.child("down" + (level + 1), pair3d(in, c, 2 * c)));
      in = 2 * c;
    }
    for (int level = 2; level >= 0; level--) {
      int c = 2 * first << level;
      net.rise.add(net.child("rise" + (level + 1), convTranspose3d(in, in, 2).stride(2).noBias().init(Initializer.heNormal())));
      net.up.add(net.child("up" + (level + 1), pair3d(in + c, c, c)));
      in = c;
    }
    net.child("head", net.head);
    return net;
  }

  private static Sequential pair3d(int in, int middle, int out) {
    return new Sequential()
        .add("conv1", conv(in, middle, Spatial.all(3, 3)).init(Initializer.heNormal(), Initializer.constant(0))).add("bn1", batchNorm(middle)).add("relu1", relu())
        .add("conv2", conv(middle, out, Spatial.all(3, 3)).init(Initializer.heNormal(), Initializer.constant(0))).add("bn2", batchNorm(out)).add("relu2", relu());
  }

  @Override
  protected Value build(Trace t, Value x) {
    List<Value> levels = new ArrayList<>();
    Value v = x;
    for (Module m : down) {
      if (!levels.isEmpty()) {
        for (int size : v.type().shape().spatial()) {
          require(size % 2 == 0, "level %d is %s and cannot be halved for an input of %s; %s", levels.size(), v.type().shape(), x.type().shape(),
              padded ? "use sizes divisible by " + (1 << down.size() - 1) : "use a size such as the paper's " + (down.size() == 5 ? "572 (16 k + 12)" : "132 or 116 (8 k + 4)"));
        }
        v = pool.apply(t, v);
      }
      v = m.apply(t, v);
      levels.add(v);
    }
    for (int i = 0; i < up.size(); i++) {
      Value upper = rise.get(i).apply(t, v);
      v = up.get(i).apply(t, t.concat(t.cropLike(levels.get(levels.size() - 2 - i), upper), upper));
    }
    return head.apply(t, v);
  }
}
