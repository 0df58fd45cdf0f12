package dev.cardinal.data.transform;

import dev.cardinal.data.Image;
import dev.cardinal.data.Transform;
import dev.cardinal.random.PhiloxRandom;

/**
 * AlexNet's change of light (Krizhevsky, Sutskever and Hinton, 2012, section 4.1): to every pixel is added
 * {@code [p1 p2 p3][α1 λ1, α2 λ2, α3 λ3]ᵀ}, where p and λ are eigenvectors and eigenvalues of the covariance of RGB values over ImageNet's
 * training set and each α is drawn once per picture from N(0, deviation²), 0.1 in the paper.
 *
 * <p>The paper does not print the eigenvalues. These are the widely used ones for samples scaled to 0…1 (fb.resnet.torch, 2016):
 * λ = (0.2175, 0.0188, 0.0045); they enter as they are, so with 0.1 a sample
 * typically changes by 0.013 of full scale. Grey pictures stay as they are.
 *
 * @param deviation of each α
 */
public record PcaLighting(double deviation) implements Transform {
  private static final double[] VALUES = {0.2175, 0.0188, 0.0045};
  /** Row c holds channel c's part of the three vectors. */
  private static final double[][] VECTORS = {
    {-0.5675, 0.7192, 0.4009},
    {-0.5808, -0.0045, -0.8140},
    {-0.5836, -0.6948, 0.4203},
  };

  /** Checks the deviation. */
  public PcaLighting {
    if (!(deviation >= 0)) {
      throw new IllegalArgumentException("a standard deviation is at least 0, got " + deviation);
    }
  }

  @Override
  public Image apply(Image in, PhiloxRandom random) {
    if (in.channels() == 1) {
      return in;
    }
    double[] alpha = new double[3];
    for (int k = 0; k < 3; k++) {
      alpha[k] = deviation * Chance.gaussian(random);
    }
    byte[][] table = new byte[3][256];
    for (int c = 0; c < 3; c++) {
      double shift = 0;
      for (int k = 0; k < 3; k++) {
        shift += 255 * VECTORS[c][k] * alpha[k] * VALUES[k];
      }
      for (int v = 0; v < 256; v++) {
        table[c][v] = Chance.toByte(v + shift);
      }
    }
    byte[] out = new byte[in.samples().length];
    for (int i = 0; i < out.length; i += 3) {
      out[i] = table[0][in.samples()[i] & 0xff];
      out[i + 1] = table[1][in.samples()[i + 1] & 0xff];
      out[i + 2] = table[2][in.samples()[i + 2] & 0xff];
    }
    return new Image(3, in.height(), in.width(), out);
  }
}
