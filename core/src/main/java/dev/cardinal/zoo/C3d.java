package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.conv3d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPoolCeil;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.Shape;

/** C3D (Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015, figure 3): 3×3×3 convolutions over clips of 16 frames of 112×112. */
final class C3d {
  private static final Initializer ZERO = Initializer.constant(0);

  private C3d() {}

  /**
   * The network.
   *
   * @param divisor divides the channels of every layer; 1 in the paper
   */
  static Module build(int classes, Shape in, int divisor) {
    int[] c = {64 / divisor, 128 / divisor, 256 / divisor, 512 / divisor, 4096 / divisor};
    // The first pooling keeps the frames, so that they are not merged too early (section 3.2).
    int features = c[3] * after(in.dim(1), 4) * after(in.dim(2), 5) * after(in.dim(3), 5);
    return new Sequential()
        .add("conv1", conv(in.dim(0), c[0])).add("relu1", relu()).add("pool1", maxPoolCeil(Spatial.of(1, 2, 2), Spatial.of(1, 2, 2)))
        .add("conv2", conv(c[0], c[1])).add("relu2", relu()).add("pool2", maxPoolCeil(2, 2, 0))
        .add("conv3a", conv(c[1], c[2])).add("relu3a", relu()).add("conv3b", conv(c[2], c[2])).add("relu3b", relu()).add("pool3", maxPoolCeil(2, 2, 0))
        .add("conv4a", conv(c[2], c[3])).add("relu4a", relu()).add("conv4b", conv(c[3], c[3])).add("relu4b", relu()).add("pool4", maxPoolCeil(2, 2, 0))
        .add("conv5a", conv(c[3], c[3])).add("relu5a", relu()).add("conv5b", conv(c[3], c[3])).add("relu5b", relu()).add("pool5", maxPoolCeil(2, 2, 0))
        .add("flatten", flatten())
        .add("fc6", linear(features, c[4]).init(Initializer.normal(0.005), ZERO)).add("relu6", relu()).add("drop6", dropout(0.5))
        .add("fc7", linear(c[4], c[4]).init(Initializer.normal(0.005), ZERO)).add("relu7", relu()).add("drop7", dropout(0.5))
        .add("fc8", linear(c[4], classes).init(Initializer.normal(0.01), ZERO));
  }

  private static Module conv(int in, int out) {
    return conv3d(in, out, 3).padding(1).init(Initializer.heNormal(), ZERO);
  }

  /** A size halved so many times, rounded up. */
  private static int after(int size, int halvings) {
    int s = size;
    for (int i = 0; i < halvings; i++) {
      s = (s + 1) / 2;
    }
    return s;
  }
}
