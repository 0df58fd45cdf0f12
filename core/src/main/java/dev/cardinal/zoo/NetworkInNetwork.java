package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.avgPool;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.globalAvgPool;
import static dev.cardinal.nn.Layers.maxPoolCeil;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.Spatial;

/**
 * Network in Network for CIFAR (Lin et al., "Network in network", 2014, figure 2) with the root modules of Ioannou et al. ("Deep roots: improving CNN efficiency with hierarchical filter groups", 2017,
 * table 1): root-g groups the 5×5 filters of the second block in g and the 3×3 filters of the third in g/2; the pointwise layers mix the groups.
 */
final class NetworkInNetwork {
  private static final Initializer WEIGHTS = Initializer.heNormal();
  private static final Initializer ZERO = Initializer.constant(0);

  private NetworkInNetwork() {}

  static Module build(int classes, int channels, int root) {
    return new Sequential()
        .add("conv1", conv2d(channels, 192, 5).padding(2).init(WEIGHTS, ZERO)).add("relu1", relu())
        .add("cccp1", conv2d(192, 160, 1).init(WEIGHTS, ZERO)).add("relu_cccp1", relu())
        .add("cccp2", conv2d(160, 96, 1).init(WEIGHTS, ZERO)).add("relu_cccp2", relu())
        .add("pool1", maxPoolCeil(Spatial.all(2, 3), Spatial.all(2, 2))).add("drop1", dropout(0.5))
        .add("conv2", conv2d(96, 192, 5).padding(2).groups(root).init(WEIGHTS, ZERO)).add("relu2", relu())
        .add("cccp3", conv2d(192, 192, 1).init(WEIGHTS, ZERO)).add("relu_cccp3", relu())
        .add("cccp4", conv2d(192, 192, 1).init(WEIGHTS, ZERO)).add("relu_cccp4", relu())
        .add("pool2", avgPool(3, 2, 1)).add("drop2", dropout(0.5))
        .add("conv3", conv2d(192, 192, 3).padding(1).groups(Math.max(1, root / 2)).init(WEIGHTS, ZERO)).add("relu3", relu())
        .add("cccp5", conv2d(192, 192, 1).init(WEIGHTS, ZERO)).add("relu_cccp5", relu())
        .add("cccp6", conv2d(192, classes, 1).init(WEIGHTS, ZERO)).add("relu_cccp6", relu())
        .add("pool3", globalAvgPool()).add("flatten", flatten());
  }
}
