package dev.cardinal.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.Batch;
import dev.cardinal.data.BatchIterator;
import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Loader;
import dev.cardinal.data.LoaderOptions;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.Pipeline;
import dev.cardinal.data.transform.Augmentations;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What whitening means: responses of different filters are uncorrelated and have variance one; shown on other pictures than those that were measured. */
class PatchWhiteningTest {
  private static final int SIDE = 16;

  @Test
  void responsesAreWhite() throws Exception {
    try (DataSplits data = Datasets.open("shapes", DataOptions.defaults())) {
      Pipeline pipeline = Augmentations.evaluation("none", SIDE, Normalize.measured(data.train(), 500, 0));
      int channels = data.train().channels();
      int size = channels * 2 * 2;
      HostTensor first = HostTensor.generate(TensorType.f32(2 * size + 3, channels, 2, 2), i -> i);
      float[] f = PatchWhitening.filters(data.train(), pipeline, first, 7).floats();
      double[][] covariance = covariance(data, pipeline, f, size, channels);
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < i; j++) {
          assertEquals(0, covariance[i][j], 0.2, "filters " + i + " and " + j);
        }
        // The smallest eigenvalues are damped, never enlarged.
        assertTrue(covariance[i][i] < 1.3, "variance " + covariance[i][i]);
      }
      assertEquals(1, covariance[0][0], 0.2, "the strongest direction");
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          assertEquals(-f[2 * i * size + j], f[(2 * i + 1) * size + j], "each filter has its negative");
        }
      }
      for (int i = 2 * size * size; i < f.length; i++) {
        assertEquals(i, f[i], "filters beyond the pairs keep their values");
      }
    }
  }

  private static double[][] covariance(DataSplits data, Pipeline pipeline, float[] f, int size, int channels) throws Exception {
    double[][] products = new double[size][size];
    double[] sums = new double[size];
    long count = 0;
    try (Loader loader = new Loader(data.test(), pipeline, LoaderOptions.evaluation(100)); BatchIterator batches = loader.epoch(0)) {
      Batch b = batches.next();
      float[] x = b.images().floats();
      double[] r = new double[size];
      for (int n = 0; n < 100; n++) {
        for (int row = 0; row + 1 < SIDE; row++) {
          for (int column = 0; column + 1 < SIDE; column++) {
            for (int i = 0; i < size; i++) {
              r[i] = 0;
              for (int c = 0; c < channels; c++) {
                for (int k = 0; k < 4; k++) {
                  r[i] += f[2 * i * size + c * 4 + k] * x[((n * channels + c) * SIDE + row + k / 2) * SIDE + column + k % 2];
                }
              }
            }
            for (int i = 0; i < size; i++) {
              sums[i] += r[i];
              for (int j = 0; j < size; j++) {
                products[i][j] += r[i] * r[j];
              }
            }
            count++;
          }
        }
      }
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        products[i][j] = products[i][j] / count - sums[i] / count * (sums[j] / count);
      }
    }
    return products;
  }

  @Test
  void refusesWhatItCannotWhiten() throws Exception {
    try (DataSplits data = Datasets.open("shapes", DataOptions.defaults())) {
      Pipeline pipeline = Augmentations.evaluation("none", SIDE, Normalize.measured(data.train(), 500, 0));
      HostTensor grouped = HostTensor.zeros(TensorType.f32(8, 1, 3, 3));
      assertTrue(assertThrows(IllegalArgumentException.class, () -> PatchWhitening.filters(data.train(), pipeline, grouped, 1)).getMessage().contains("[8, 1, 3, 3]"));
    }
  }

  @Test
  void eigenvectorsDiagonalise() {
    Random random = new Random(3);
    for (int n : new int[] {1, 2, 5, 27}) {
      double[][] a = new double[n][n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          a[i][j] = random.nextGaussian();
          a[j][i] = a[i][j];
        }
      }
      SymmetricEigen e = new SymmetricEigen(a);
      for (int r = 0; r < n; r++) {
        for (int i = 0; i < n; i++) {
          double product = 0;
          for (int j = 0; j < n; j++) {
            product += a[i][j] * e.vector(r, j);
          }
          assertEquals(e.value(r) * e.vector(r, i), product, 1e-9);
        }
        assertTrue(r == 0 || e.value(r) <= e.value(r - 1));
      }
    }
  }
}
