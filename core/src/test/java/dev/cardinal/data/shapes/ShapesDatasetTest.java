package dev.cardinal.data.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.DataOptions;
import dev.cardinal.data.DataSplits;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Datasets;
import dev.cardinal.data.Image;
import dev.cardinal.random.PhiloxRandom;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ShapesDatasetTest {
  @Test
  void sizesClassesAndBalance() throws Exception {
    try (DataSplits data = Datasets.open("shapes", DataOptions.defaults())) {
      assertEquals(6000, data.train().size());
      assertEquals(1500, data.test().size());
      assertEquals(List.of("cross", "disc", "grid", "ring", "square", "star", "stripes", "triangle"), data.train().classes());
      int[] count = new int[8];
      for (int i = 0; i < 1500; i++) {
        count[data.test().label(i)]++;
      }
      assertTrue(Arrays.stream(count).allMatch(c -> c == 187 || c == 188));
    }
  }

  /** The pictures are part of the project's promise: the same on every machine and Java. If this changes, published accuracies change. */
  @Test
  void picturesAreTheSameEverywhere() {
    CRC32 crc = new CRC32();
    for (int i = 0; i < 64; i++) {
      crc.update(ShapesDataset.train().image(i).samples());
      crc.update(ShapesDataset.test().image(i).samples());
    }
    assertEquals("a8177975", Long.toHexString(crc.getValue()));
  }

  @Test
  void noPictureRepeats() {
    Set<Integer> seen = new HashSet<>();
    for (Dataset d : List.of(ShapesDataset.train(), ShapesDataset.test())) {
      for (int i = 0; i < d.size(); i += 5) {
        try {
          seen.add(Arrays.hashCode(d.image(i).samples()));
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
    assertTrue(seen.size() >= 1499, seen.size() + " of 1500");
  }

  /** Softmax regression on all pixels, the best epoch chosen on the test pictures themselves: more than a linear model deserves. */
  @Test
  void aLinearClassifierStaysUnderSixtyPercent() {
    int features = 32 * 32 * 3 + 1;
    float[][] train = features(ShapesDataset.train(), 6000, features);
    float[][] test = features(ShapesDataset.test(), 1500, features);
    float[][] weights = new float[8][features];
    double best = 0;
    for (int epoch = 0; epoch < 6; epoch++) {
      float rate = 0.002f / (1 + epoch / 3);
      for (int i : new PhiloxRandom(1, epoch).permutation(train.length)) {
        double[] p = softmax(weights, train[i]);
        for (int k = 0; k < 8; k++) {
          float g = rate * (float) (p[k] - (k == i % 8 ? 1 : 0));
          for (int f = 0; f < features; f++) {
            weights[k][f] -= g * train[i][f];
          }
        }
      }
      int right = 0;
      for (int i = 0; i < test.length; i++) {
        double[] p = softmax(weights, test[i]);
        int guess = 0;
        for (int k = 1; k < 8; k++) {
          guess = p[k] > p[guess] ? k : guess;
        }
        right += guess == i % 8 ? 1 : 0;
      }
      best = Math.max(best, (double) right / test.length);
    }
    assertTrue(best < 0.6, "a linear classifier reaches " + best);
    assertTrue(best > 0.14, "a linear classifier reaches only " + best + ", chance is 0.125: is the training at fault?");
  }

  private static float[][] features(ShapesDataset data, int n, int features) {
    float[][] x = new float[n][features];
    for (int i = 0; i < n; i++) {
      Image image = data.image(i);
      for (int f = 0; f < features - 1; f++) {
        x[i][f] = (image.samples()[f] & 0xff) / 128f - 1;
      }
      x[i][features - 1] = 1;
    }
    return x;
  }

  private static double[] softmax(float[][] weights, float[] x) {
    double[] p = new double[weights.length];
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < p.length; k++) {
      float sum = 0;
      for (int f = 0; f < x.length; f++) {
        sum += weights[k][f] * x[f];
      }
      p[k] = sum;
      most = Math.max(most, sum);
    }
    double total = 0;
    for (int k = 0; k < p.length; k++) {
      p[k] = Math.exp(p[k] - most);
      total += p[k];
    }
    for (int k = 0; k < p.length; k++) {
      p[k] /= total;
    }
    return p;
  }
}
