package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.Shape;

/** LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition", 1998, figure 2) with ReLU and max pooling, as it is taught today. */
final class LeNet5 {
  private LeNet5() {}

  static Module build(int classes, Shape in) {
    int height = (in.dim(1) / 2 - 4) / 2;
    int width = (in.dim(2) / 2 - 4) / 2;
    return new Sequential()
        .add("conv1", conv2d(in.dim(0), 6, 5).padding(2)).add("relu1", relu()).add("pool1", maxPool(2, 2, 0))
        .add("conv2", conv2d(6, 16, 5)).add("relu2", relu()).add("pool2", maxPool(2, 2, 0))
        .add("flatten", flatten())
        .add("fc1", linear(16 * height * width, 120)).add("relu3", relu())
        .add("fc2", linear(120, 84)).add("relu4", relu())
        .add("fc3", linear(84, classes));
  }
}
