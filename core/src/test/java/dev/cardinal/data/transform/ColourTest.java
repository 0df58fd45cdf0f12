package dev.cardinal.data.transform;

import static dev.cardinal.data.transform.Fixture.SEEDS;
import static dev.cardinal.data.transform.Fixture.apply;
import static dev.cardinal.data.transform.Fixture.grey;
import static dev.cardinal.data.transform.Fixture.numbered;
import static dev.cardinal.data.transform.Fixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.data.ArrayDataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Normalize;
import dev.cardinal.data.Pictures;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ColourTest {
  @Test
  void jitterOfStrengthZeroChangesNothing() {
    Image in = numbered(3, 6, 6);
    assertEquals(0, Pictures.distance(in, apply(new ColorJitter(0, 0, 0, 0), in)));
    Image grey = numbered(1, 6, 6);
    assertEquals(0, Pictures.distance(grey, apply(new ColorJitter(0, 0, 0.5, 0.5), grey)));
  }

  @Test
  void jitterKeepsWhatItShould() {
    Image in = new Image(3, 1, 2, new byte[] {100, 60, 80, 80, 120, 90});
    double luma = 0.299 * 100 + 0.587 * 60 + 0.114 * 80;
    for (int seed = 0; seed < SEEDS; seed++) {
      // Saturation and hue keep the luma (within rounding: none of these colours reaches a bound).
      Image out = new ColorJitter(0, 0, 0.5, 0.1).apply(in, random(seed));
      assertEquals(luma, 0.299 * out.sample(0, 0, 0) + 0.587 * out.sample(0, 0, 1) + 0.114 * out.sample(0, 0, 2), 0.6);
      // Brightness is one factor for all samples.
      Image bright = new ColorJitter(0.5, 0, 0, 0).apply(in, random(seed));
      double f = bright.sample(0, 1, 1) / 120.0;
      assertTrue(f > 0.49 && f < 1.51);
      assertEquals(100 * f, bright.sample(0, 0, 0), 1.1);
    }
  }

  @Test
  void hueChangesColoursButNotGreys() {
    Image in = new Image(3, 1, 1, new byte[] {(byte) 140, 120, 110});
    ColorJitter half = new ColorJitter(0, 0, 0, 0.5);
    boolean changed = false;
    for (int seed = 0; seed < 20; seed++) {
      Image out = half.apply(in, random(seed));
      changed |= Pictures.distance(in, out) > 5;
    }
    assertTrue(changed);
    // Greys lie on the axis.
    Image grey = new Image(3, 1, 1, new byte[] {90, 90, 90});
    assertEquals(0, Pictures.distance(grey, half.apply(grey, random(3))));
  }

  /** Over many pictures the added colour has the covariance that the eigenvectors and eigenvalues say. */
  @Test
  void lightingHasTheStatedCovariance() {
    Image in = new Image(3, 1, 1, new byte[] {127, 127, 127});
    int n = 20000;
    double[][] cov = new double[3][3];
    for (int seed = 0; seed < n; seed++) {
      Image out = new PcaLighting(1).apply(in, random(seed));
      for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
          cov[a][b] += (out.sample(0, 0, a) - 127) * (out.sample(0, 0, b) - 127) / (255.0 * 255.0) / n;
        }
      }
    }
    double[] values = {0.2175, 0.0188, 0.0045};
    double[][] vectors = {{-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}};
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        double expected = 0;
        for (int k = 0; k < 3; k++) {
          expected += vectors[a][k] * vectors[b][k] * values[k] * values[k];
        }
        assertEquals(expected, cov[a][b], 0.05 * 0.0161);
      }
    }
  }

  @Test
  void cutoutCoversOneSquareWhoseMiddleIsInside() {
    Image in = new Image(3, 8, 8, Image.blank(3, 8, 8).samples());
    Set<Integer> sizes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      Image out = new Cutout(4, 10, 20, 30).apply(in, random(seed));
      int covered = 0;
      for (int p = 0; p < 64; p++) {
        covered += out.sample(p / 8, p % 8, 2) == 30 && out.sample(p / 8, p % 8, 0) == 10 ? 1 : 0;
      }
      sizes.add(covered);
    }
    // Sides 2, 3 or 4 remain inside.
    assertEquals(Set.of(4, 6, 8, 9, 12, 16), sizes);
  }

  @Test
  void normalizeWritesPlanes() {
    Normalize n = new Normalize(new float[] {0, 0.5f, 1}, new float[] {1, 0.5f, 2});
    float[] out = new float[2 + 6];
    n.write(new Image(3, 1, 2, new byte[] {(byte) 255, (byte) 255, (byte) 255, 0, 0, 0}), out, 2);
    assertArrayEquals(new float[] {0, 0, 1, 0, 1, -1, 0, -0.5f}, out, 1e-6f);
    assertThrows(IllegalArgumentException.class, () -> n.write(grey(1, 3), out, 0));
  }

  @Test
  void normalizeIsInvertible() {
    Image in = numbered(3, 9, 10);
    float[] out = new float[1 + 270];
    Normalize.CIFAR10.write(in, out, 1);
    assertEquals(0, Pictures.distance(in, Normalize.CIFAR10.image(out, 1, 9, 10)));
  }

  @Test
  void measuredStatisticsAreThoseOfThePixels() throws Exception {
    Image a = new Image(3, 1, 1, new byte[] {0, 51, 7});
    Image b = new Image(3, 1, 1, new byte[] {(byte) 255, 51, 7});
    Normalize n = Normalize.measured(new ArrayDataset(List.of("x", "y"), List.of(a, b), 0, 1), 100, 1);
    assertArrayEquals(new float[] {0.5f, 0.2f, 7 / 255f}, n.mean(), 1e-6f);
    assertArrayEquals(new float[] {0.5f, 1, 1}, n.std(), 1e-6f);
  }

  @Test
  void greyAndColourConvert() {
    Image grey = grey(2, 10, 200);
    assertArrayEquals(new byte[] {10, 10, 10, (byte) 200, (byte) 200, (byte) 200}, grey.withChannels(3).samples());
    assertArrayEquals(grey.samples(), grey.withChannels(3).withChannels(1).samples());
    assertEquals(76, new Image(3, 1, 1, new byte[] {(byte) 255, 0, 0}).withChannels(1).sample(0, 0, 0));
  }

}
