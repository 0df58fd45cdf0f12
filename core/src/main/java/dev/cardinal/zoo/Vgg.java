package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.adaptiveAvgPool;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.dropout;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.linear;
import static dev.cardinal.nn.Layers.maxPool;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;

/**
 * VGG (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015, table 1, columns A, B, D, E), with or without batch normalisation. Parameter names are those
 * of torchvision.
 */
final class Vgg {
  private static final Initializer ZERO = Initializer.constant(0);

  private Vgg() {}

  /** 3×3 layers in each of the five stages of 64, 128, 256, 512 and 512 channels. */
  static int[] stages(int depth) {
    return switch (depth) {
      case 11 -> new int[] {1, 1, 2, 2, 2};
      case 13 -> new int[] {2, 2, 2, 2, 2};
      case 16 -> new int[] {2, 2, 3, 3, 3};
      case 19 -> new int[] {2, 2, 4, 4, 4};
      default -> throw new IllegalArgumentException("VGG is published with 11, 13, 16 and 19 layers, got " + depth);
    };
  }

  /**
   * The network.
   *
   * @param divisor divides the channels of every layer; 1 in the paper
   */
  static Module build(int classes, int channels, int depth, boolean normed, int divisor) {
    int hidden = 4096 / divisor;
    Sequential features = new Sequential();
    int in = channels;
    int stage = 0;
    for (int layers : stages(depth)) {
      int out = Math.min(512, 64 << stage++) / divisor;
      for (int i = 0; i < layers; i++) {
        features.add(conv2d(in, out, 3).padding(1).init(Initializer.heNormalFanOut(1), ZERO));
        if (normed) {
          features.add(batchNorm(out));
        }
        features.add(relu());
        in = out;
      }
      features.add(maxPool(2, 2, 0));
    }
    return new Sequential().add("features", features).add("avgpool", adaptiveAvgPool(7)).add("flatten", flatten())
        .add("classifier", new Sequential(
            linear(in * 7 * 7, hidden).init(Initializer.normal(0.01), ZERO), relu(), dropout(0.5),
            linear(hidden, hidden).init(Initializer.normal(0.01), ZERO), relu(), dropout(0.5),
            linear(hidden, classes).init(Initializer.normal(0.01), ZERO)));
  }
}
