package dev.cardinal.nn;

import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.channelShuffle;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.depthwise2d;
import static dev.cardinal.nn.Layers.relu;

/** Convolutions taken apart into cheaper ones, as small modules to be imported statically. Each keeps the picture's size at stride 1. */
public final class Blocks {
  private Blocks() {}

  /** Convolution without bias, batch normalisation, ReLU, named {@code 0}, {@code 1}, {@code 2}. */
  public static Sequential normed(int in, int out, int kernel, int stride, int groups) {
    return new Sequential(conv2d(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).noBias().init(Initializer.heNormal()), batchNorm(out), relu());
  }

  /** A filter per channel, then a pointwise convolution that mixes them, each with normalisation and ReLU (Howard et al. 2017, figure 3). */
  public static Sequential depthwiseSeparable(int in, int out, int kernel, int stride) {
    return new Sequential().add("depthwise", normed(in, in, kernel, stride, in)).add("pointwise", normed(in, out, 1, 1, 1));
  }

  /** k×1, then 1×k: a square kernel of rank one over space (Szegedy et al. 2016, section 3.2). */
  public static Sequential spatiallySeparable(int in, int out, int kernel) {
    return new Sequential()
        .add("vertical", conv2d(in, out, kernel, 1).samePadding().noBias().init(Initializer.heNormal()))
        .add("horizontal", conv2d(out, out, 1, kernel).samePadding().init(Initializer.heNormal()));
  }

  /** Across channels, then k×1 and 1×k within each channel: three one-dimensional filters (Jin et al., "Flattened convolutional neural networks", 2015, equation 3). */
  public static Sequential flattened(int in, int out, int kernel) {
    return new Sequential()
        .add("lateral", conv2d(in, out, 1).noBias().init(Initializer.heNormal()))
        .add("vertical", conv2d(out, out, kernel, 1).groups(out).samePadding().noBias().init(Initializer.heNormal()))
        .add("horizontal", conv2d(out, out, 1, kernel).groups(out).samePadding().init(Initializer.heNormal()));
  }

  /** A grouped pointwise convolution with normalisation and ReLU whose outputs are shuffled, so that the next grouped layer sees all groups (Zhang et al. 2018, figure 1c). */
  public static Sequential shuffledPointwise(int in, int out, int groups) {
    return new Sequential().add("pointwise", normed(in, out, 1, 1, groups)).add("shuffle", channelShuffle(groups));
  }

  /** A depthwise convolution, then a pointwise one, without anything between (Chollet 2017, section 3.4). */
  public static Sequential separable(int in, int out, int kernel) {
    return new Sequential()
        .add("conv1", depthwise2d(in, 1, kernel).padding(kernel / 2).noBias().init(Initializer.heNormal()))
        .add("pointwise", conv2d(in, out, 1).noBias().init(Initializer.heNormal()));
  }
}
