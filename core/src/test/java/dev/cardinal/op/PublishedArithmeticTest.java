package dev.cardinal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers and formulas as the papers print them. */
class PublishedArithmeticTest {
  private static final Spatial NONE = Spatial.of(0);

  private static int out(int i, int k, int s, int low, int high, int d) {
    ConvGeometry g = new ConvGeometry(Spatial.of(s), Spatial.of(low), Spatial.of(high), Spatial.of(d), 1);
    return g.outputSize(Spatial.of(i), Spatial.of(k)).at(0);
  }

  private static int transposed(int i, int k, int s, int p, int a) {
    return ConvGeometry.of(1, s, p, 1, 1).transposedOutputSize(Spatial.of(i), Spatial.of(k), Spatial.of(a)).at(0);
  }

  /** Dumoulin and Visin 2016, relationships 1 to 6 and 15, against a count of the positions that a kernel takes. */
  @Test
  void outputSizes() {
    for (int i = 1; i <= 20; i++) {
      for (int k = 1; k <= Math.min(i, 7); k++) {
        assertEquals(i - k + 1, out(i, k, 1, 0, 0, 1), "relationship 1: no padding, unit stride");
        assertEquals(i + k - 1, out(i, k, 1, k - 1, k - 1, 1), "relationship 4: full padding");
        for (int p = 0; p <= 3; p++) {
          assertEquals(i - k + 2 * p + 1, out(i, k, 1, p, p, 1), "relationship 2: zero padding, unit stride");
          for (int s = 1; s <= 4; s++) {
            assertEquals(Math.floorDiv(i - k, s) + 1, out(i, k, s, 0, 0, 1), "relationship 5: no padding, any stride");
            assertEquals(Math.floorDiv(i + 2 * p - k, s) + 1, out(i, k, s, p, p, 1), "relationship 6: zero padding, any stride");
            for (int d = 1; d <= 3; d++) {
              int span = k + (k - 1) * (d - 1);
              if (span <= i + p) {
                int positions = 0;
                for (int at = 0; at + span <= i + p; at += s) {
                  positions++;
                }
                assertEquals(positions, out(i, k, s, p, 0, d), "relationship 15: dilation; padding on one side");
                assertEquals(Math.floorDiv(i + 2 * p - span, s) + 1, out(i, k, s, p, p, d), "relationship 15");
              }
            }
          }
        }
        if (k % 2 == 1) {
          assertEquals(i, out(i, k, 1, k / 2, k / 2, 1), "relationship 3: half padding keeps the size");
        }
      }
    }
  }

  /** Relationships 8 to 14: the transposed convolution gives back the size that was convolved, output padding telling apart the sizes with one image. */
  @Test
  void transposedOutputSizes() {
    for (int i = 4; i <= 16; i++) {
      for (int k = 1; k <= 4; k++) {
        for (int p = 0; p <= k / 2; p++) {
          for (int s = 1; s <= 3; s++) {
            int o = out(i, k, s, p, p, 1);
            int a = (i + 2 * p - k) % s;
            assertEquals(s * (o - 1) + a + k - 2 * p, transposed(o, k, s, p, a), "relationship 14");
            assertEquals(i, transposed(o, k, s, p, a));
          }
        }
      }
    }
    assertEquals(5 + 3 - 1, transposed(5, 3, 1, 0, 0), "relationship 8: o' = i' + (k - 1)");
    assertEquals(5, transposed(5, 3, 1, 1, 0), "relationship 10: half padding");
    assertEquals(2 * (3 - 1) + 3, transposed(3, 3, 2, 0, 0), "relationship 12: o' = s (i' - 1) + k");
  }

  /** Sizes that networks are known by. */
  @Test
  void famousSizes() {
    assertEquals(55, out(227, 11, 4, 0, 0, 1), "AlexNet conv1");
    assertEquals(112, out(224, 7, 2, 3, 3, 1), "ResNet stem");
    assertEquals(27, PoolGeometry.of(1, 3, 2, 0).outputSize(Spatial.of(55)).at(0), "AlexNet pool1");
    assertEquals(56, PoolGeometry.of(1, 3, 2, 1).outputSize(Spatial.of(112)).at(0), "ResNet pool");
    assertEquals(56, PoolGeometry.of(1, 3, 2, 0).withCeil(true).outputSize(Spatial.of(112)).at(0), "GoogLeNet pool1, in ceil mode");
    assertEquals(NONE, ConvGeometry.of(1).padLow());
  }

  private static Cost conv(int n, int size, int cin, int cout, int k, int groups) {
    Op op = new Conv(ConvGeometry.of(2, 1, k / 2, 1, groups));
    List<TensorType> in = List.of(TensorType.f32(n, cin, size, size), TensorType.f32(cout, cin / groups, k, k));
    return op.cost(in, op.infer(in));
  }

  /** Howard et al. 2017 (MobileNets), section 3.1: a depthwise and a pointwise convolution cost 1/N + 1/K² of the full one. */
  @Test
  void depthwiseSeparableCost() {
    long full = conv(1, 28, 192, 256, 3, 1).macs();
    long separable = conv(1, 28, 192, 192, 3, 192).plus(conv(1, 28, 192, 256, 1, 1)).macs();
    assertEquals(346_816_512, full);
    assertEquals(39_889_920, separable);
    assertEquals(0.1150, (double) separable / full, 5e-5);
    assertEquals(1.0 / 256 + 1.0 / 9, (double) separable / full, 1e-12);
  }

  /**
   * Szegedy et al. 2015 (GoogLeNet), section 4: a 1×1 reduction before an expensive convolution. 3×3 from 192 to 256 channels takes 442,368 weights; through a reduction to 32 channels
   * 192·32 + 9·32·256 = 79,872.
   */
  @Test
  void inceptionParameters() {
    assertEquals(442_368, conv(1, 28, 192, 256, 3, 1).parameters());
    assertEquals(79_872, conv(1, 28, 192, 32, 1, 1).plus(conv(1, 28, 32, 256, 3, 1)).parameters());
  }

  /** Groups divide multiply-adds and weights by their number (Xie et al. 2017, section 3). */
  @Test
  void groupsDivideTheCost() {
    Cost dense = conv(2, 14, 128, 256, 3, 1);
    for (int g : new int[] {2, 4, 32, 128}) {
      Cost c = conv(2, 14, 128, 256, 3, g);
      assertEquals(dense.macs() / g, c.macs());
      assertEquals(dense.parameters() / g, c.parameters());
      assertEquals(dense.bytesWritten(), c.bytesWritten());
    }
  }

  /** All three operations of the family take the same multiply-adds. */
  @Test
  void theFamilyCostsTheSame() {
    ConvGeometry g = ConvGeometry.of(2, 2, 1, 1, 4);
    TensorType x = TensorType.f32(2, 8, 9, 7);
    TensorType w = TensorType.f32(12, 2, 3, 3);
    List<TensorType> y = new Conv(g).infer(List.of(x, w));
    Op data = new ConvBackwardData(g, Spatial.of(9, 7));
    Op weights = new ConvBackwardWeights(g, Spatial.of(3, 3));
    long macs = new Conv(g).cost(List.of(x, w), y).macs();
    assertEquals(2L * 12 * 5 * 4 * 2 * 9, macs);
    assertEquals(List.of(x), data.infer(List.of(y.get(0), w)));
    assertEquals(List.of(w), weights.infer(List.of(x, y.get(0))));
    assertEquals(macs, data.cost(List.of(y.get(0), w), List.of(x)).macs());
    assertEquals(macs, weights.cost(List.of(x, y.get(0)), List.of(w)).macs());
  }

  @Test
  void linearCost() {
    List<TensorType> in = List.of(TensorType.f32(10, 9216), TensorType.f32(4096, 9216), TensorType.f32(4096));
    Cost c = new Linear().cost(in, new Linear().infer(in));
    assertEquals(10L * 9216 * 4096, c.macs());
    assertEquals(9216L * 4096 + 4096, c.parameters(), "AlexNet's fc6");
    assertEquals(Shape.of(10, 4096), new Linear().infer(in).get(0).shape());
    assertEquals(4 * Arrays.stream(new long[] {10 * 9216, 4096 * 9216, 4096}).sum(), c.bytesRead());
  }
}
