package dev.cardinal.zoo;

import static dev.cardinal.nn.Layers.activation;
import static dev.cardinal.nn.Layers.batchNorm;
import static dev.cardinal.nn.Layers.conv2d;
import static dev.cardinal.nn.Layers.convTranspose2d;
import static dev.cardinal.nn.Layers.flatten;
import static dev.cardinal.nn.Layers.leakyRelu;
import static dev.cardinal.nn.Layers.relu;

import dev.cardinal.nn.Initializer;
import dev.cardinal.nn.Module;
import dev.cardinal.nn.Sequential;
import dev.cardinal.op.Activation;
import dev.cardinal.tensor.Shape;

/**
 * DCGAN (Radford et al., "Unsupervised representation learning with deep convolutional generative adversarial networks", 2016, figure 1 and section 3): transposed convolutions of stride 2 from noise to
 * a picture of 64×64, and convolutions of stride 2 that tell such pictures from real ones. Weights begin as N(0, 0.02) (section 4). Layers are numbered in {@code main} as in PyTorch's example.
 */
final class Dcgan {
  private static final Initializer WEIGHTS = Initializer.normal(0.02);

  private Dcgan() {}

  /**
   * Noise {@code [N, noise, 1, 1]} to pictures {@code [N, channels, 64, 64]} between -1 and 1.
   *
   * @param width channels of the last hidden layer, 128 in figure 1; each layer before has twice as many
   */
  static Module generator(int channels, int noise, int width) {
    Sequential main = new Sequential(convTranspose2d(noise, 8 * width, 4).noBias().init(WEIGHTS), batchNorm(8 * width), relu());
    for (int c = 8 * width; c > width; c /= 2) {
      main.add(doubling(c, c / 2)).add(batchNorm(c / 2)).add(relu());
    }
    main.add(doubling(width, channels)).add(activation(Activation.Kind.TANH));
    return new Sequential().add("main", main);
  }

  private static Module doubling(int in, int out) {
    return convTranspose2d(in, out, 5).stride(2).padding(2).outputPadding(1).noBias().init(WEIGHTS);
  }

  /**
   * Pictures {@code [N, channels, H, W]} to logits {@code [N, outputs]}.
   *
   * @param width channels of the first layer; each of the next three has twice as many
   */
  static Module discriminator(int outputs, Shape in, int width) {
    Sequential main = new Sequential(halving(in.dim(0), width), leakyRelu(0.2));
    for (int c = width; c < 8 * width; c *= 2) {
      main.add(halving(c, 2 * c)).add(batchNorm(2 * c)).add(leakyRelu(0.2));
    }
    main.add(conv2d(8 * width, outputs, sixteenth(in.dim(1)), sixteenth(in.dim(2))).noBias().init(WEIGHTS));
    return new Sequential().add("main", main).add("flatten", flatten());
  }

  private static Module halving(int in, int out) {
    return conv2d(in, out, 5).stride(2).padding(2).noBias().init(WEIGHTS);
  }

  private static int sixteenth(int size) {
    return (size + 15) / 16;
  }
}
