package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.adaptiveAvgPool;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.lrn;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.tensor.Shape;

/**
 * AlexNet (Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012, section 3.5 and figure 2). The two GPUs of the paper are two channel groups in conv2, conv4 and
 * conv5 and in the response normalisations; 60,965,224 parameters for 1000 classes. Weights begin as N(0, 0.01), biases of conv2, conv4, conv5 and the hidden layers as 1 (section 5).
 */
final class AlexNet {
  private static final Initializer WEIGHTS = Initializer.normal(0.01);
  private static final Initializer ZERO = Initializer.constant(0);
  private static final Initializer ONE = Initializer.constant(1);

  private AlexNet() {}

  /**
   * The paper's form.
   *
   * @param groups 2 for the two towers, 1 for one network of the same width
   * @param hidden width of the two hidden layers, 4096 in the paper
   */
  static Module build(int classes, Shape in, int groups, int hidden) {
    int height = pooled(pooled(pooled((in.dim(1) - 11) / 4 + 1)));
    int width = pooled(pooled(pooled((in.dim(2) - 11) / 4 + 1)));
    return new Sequential()
        .add("conv1", conv2d(in.dim(0), 96, 11).stride(4).init(WEIGHTS, ZERO)).add("relu1", relu())
        .add("norm1", norm(groups)).add("pool1", maxPool(3, 2, 0))
        .add("conv2", conv2d(96, 256, 5).padding(2).groups(groups).init(WEIGHTS, ONE)).add("relu2", relu())
        .add("norm2", norm(groups)).add("pool2", maxPool(3, 2, 0))
        .add("conv3", conv2d(256, 384, 3).padding(1).init(WEIGHTS, ZERO)).add("relu3", relu())
        .add("conv4", conv2d(384, 384, 3).padding(1).groups(groups).init(WEIGHTS, ONE)).add("relu4", relu())
        .add("conv5", conv2d(384, 256, 3).padding(1).groups(groups).init(WEIGHTS, ONE)).add("relu5", relu()).add("pool5", maxPool(3, 2, 0))
        .add("flatten", flatten())
        .add("drop6", dropout(0.5)).add("fc6", linear(256 * height * width, hidden).init(WEIGHTS, ONE)).add("relu6", relu())
        .add("drop7", dropout(0.5)).add("fc7", linear(hidden, hidden).init(WEIGHTS, ONE)).add("relu7", relu())
        .add("fc8", linear(hidden, classes).init(WEIGHTS, ZERO));
  }

  /** The form of torchvision (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014): one tower, fewer filters, no response normalisation. */
  static Module oneTower(int classes, Shape in, int hidden) {
    return new Sequential()
        .add("features", new Sequential(
            conv2d(in.dim(0), 64, 11).stride(4).padding(2), relu(), maxPool(3, 2, 0),
            conv2d(64, 192, 5).padding(2), relu(), maxPool(3, 2, 0),
            conv2d(192, 384, 3).padding(1), relu(),
            conv2d(384, 256, 3).padding(1), relu(),
            conv2d(256, 256, 3).padding(1), relu(), maxPool(3, 2, 0)))
        .add("avgpool", adaptiveAvgPool(6)).add("flatten", flatten())
        .add("classifier", new Sequential(
            dropout(0.5), linear(256 * 6 * 6, hidden), relu(),
            dropout(0.5), linear(hidden, hidden), relu(),
            linear(hidden, classes)));
  }

  /** Section 3.3: k = 2, n = 5, alpha = 1e-4, beta = 0.75; alpha here is divided by n. */
  private static Module norm(int groups) {
    return lrn(5, 5e-4, 0.75, 2, groups);
  }

  private static int pooled(int side) {
    return (side - 3) / 2 + 1;
  }
}
