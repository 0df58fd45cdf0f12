package dev.cardinal.train;

import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.Pipeline;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.io.IOException;

/**
 * First-layer filters that whiten the patches of pictures (Page 2019, "How to train your ResNet"; Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", section 3.2): the eigenvectors of the patches'
 * covariance, each divided by the root of its eigenvalue, and their negatives, so that ReLU behind them loses nothing. A network that begins with them and keeps them frozen needs far fewer epochs.
 */
public final class PatchWhitening {
  private static final int PICTURES = 2048;
  private static final int BATCH = 64;

  /** Added to each eigenvalue, for patches of pictures scaled to a variance of about one: directions without signal are not blown up. */
  private static final double EPSILON = 5e-4;

  private PatchWhitening() {}

  /**
   * Filters for a first convolution.
   *
   * @param pictures pictures to measure; a sample of 2,048 is enough
   * @param pipeline how they reach the network, without augmentation
   * @param weight the convolution's weights as they begin, {@code [Cout, C, kh, kw]}; filters beyond the first 2·C·kh·kw keep these values
   * @param seed decides the sample
   * @return {@code [Cout, C, kh, kw]}, in pairs of a filter and its negative, largest eigenvalue first
   * @throws IllegalArgumentException if the weights are not those of an ungrouped 2-D convolution of such pictures
   */
  public static HostTensor filters(Dataset pictures, Pipeline pipeline, HostTensor weight, long seed) throws IOException {
    Shape s = weight.type().shape();
    if (s.rank() != 4 || s.dim(1) != pipeline.channels() || s.dim(2) > pipeline.height() || s.dim(3) > pipeline.width()) {
      throw new IllegalArgumentException("whitening needs a first convolution over all " + pipeline.channels() + " channels of " + pipeline.height() + "x" + pipeline.width()
          + " pictures, with weights [filters, channels, height, width]; got " + s);
    }
    SymmetricEigen e = new SymmetricEigen(covariance(pictures, pipeline, s, seed));
    float[] f = weight.floats().clone();
    int size = s.dim(1) * s.dim(2) * s.dim(3);
    for (int i = 0; i < Math.min(s.dim(0), 2 * size); i++) {
      double scale = (i % 2 == 0 ? 1 : -1) / Math.sqrt(Math.max(0, e.value(i / 2)) + EPSILON);
      for (int j = 0; j < size; j++) {
        f[i * size + j] = (float) (scale * e.vector(i / 2, j));
      }
    }
    return HostTensor.of(s, f);
  }

  /** The covariance of all patches of a sample, in the order of a filter's weights. */
  private static double[][] covariance(Dataset pictures, Pipeline pipeline, Shape filter, long seed) throws IOException {
    int size = filter.dim(1) * filter.dim(2) * filter.dim(3);
    double[][] products = new double[size][size];
    double[] sums = new double[size];
    double[] patch = new double[size];
    long patches = 0;
    int batch = Math.min(BATCH, pictures.size());
    try (Loader loader = new Loader(pictures, pipeline, LoaderOptions.training(batch, seed).withDropLast(true)); BatchIterator batches = loader.epoch(0)) {
      for (int seen = 0; seen < PICTURES && batches.hasNext(); seen += batch) {
        Batch b = batches.next();
        float[] x = b.images().floats();
        Shape in = b.images().type().shape();
        for (int n = 0; n < batch; n++) {
          for (int row = 0; row + filter.dim(2) <= in.dim(2); row++) {
            for (int column = 0; column + filter.dim(3) <= in.dim(3); column++) {
              cut(x, in, filter, n, row, column, patch);
              add(patch, products, sums);
              patches++;
            }
          }
        }
      }
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        products[i][j] = products[i][j] / patches - sums[i] / patches * (sums[j] / patches);
        products[j][i] = products[i][j];
      }
    }
    return products;
  }

  private static void cut(float[] x, Shape in, Shape filter, int n, int row, int column, double[] patch) {
    int to = 0;
    for (int c = 0; c < filter.dim(1); c++) {
      for (int i = 0; i < filter.dim(2); i++) {
        int from = ((n * in.dim(1) + c) * in.dim(2) + row + i) * in.dim(3) + column;
        for (int j = 0; j < filter.dim(3); j++) {
          patch[to++] = x[from + j];
        }
      }
    }
  }

  private static void add(double[] patch, double[][] products, double[] sums) {
    for (int i = 0; i < patch.length; i++) {
      sums[i] += patch[i];
      for (int j = 0; j <= i; j++) {
        products[i][j] += patch[i] * patch[j];
      }
    }
  }
}
