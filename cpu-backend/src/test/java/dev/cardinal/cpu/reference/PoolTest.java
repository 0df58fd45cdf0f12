package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.runAll;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdaptiveAvgPoolBackward;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.MaxUnpoolBackward;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pooling on planes small enough to work out by hand. */
class PoolTest {
  private static final HostTensor LINE = tensor(Shape.of(1, 1, 5), 1, 2, 4, 8, 16);

  @Test
  void overlappingMaximaWithIndices() {
    // Krizhevsky's 3 stride 2 on a plane of 5 x 5 counted row by row: maxima at the lower right corners.
    HostTensor x = HostTensor.generate(LINE.type().with(Shape.of(1, 1, 5, 5)), i -> i);
    List<HostTensor> y = runAll(new MaxPool(PoolGeometry.of(2, 3, 2, 0)), x);
    assertArrayEquals(new double[] {12, 14, 22, 24}, y.get(0).doubles());
    assertArrayEquals(new int[] {12, 14, 22, 24}, y.get(1).ints());
  }

  @Test
  void theFirstOfEqualsAndNanWin() {
    PoolGeometry g = PoolGeometry.of(1, 3, 3, 0);
    double nan = Double.NaN;
    double inf = Double.NEGATIVE_INFINITY;
    List<HostTensor> y = runAll(new MaxPool(g), tensor(Shape.of(1, 2, 6), 1, 7, 7, 5, nan, 9, inf, inf, inf, -1, -2, -1));
    assertArrayEquals(new double[] {7, nan, inf, -1}, y.get(0).doubles());
    assertArrayEquals(new int[] {1, 4, 0, 3}, y.get(1).ints());
  }

  @Test
  void paddingNeverWinsAndGradientsAddUp() {
    PoolGeometry g = PoolGeometry.of(1, 3, 1, 1);
    HostTensor x = tensor(Shape.of(1, 1, 4), -3, -1, -2, -5);
    List<HostTensor> y = runAll(new MaxPool(g), x);
    assertArrayEquals(new double[] {-1, -1, -1, -2}, y.get(0).doubles());
    assertArrayEquals(new int[] {1, 1, 1, 2}, y.get(1).ints());
    HostTensor dy = tensor(Shape.of(1, 1, 4), 1, 10, 100, 1000);
    assertArrayEquals(new double[] {0, 111, 1000, 0}, run(new MaxPoolBackward(g, Spatial.of(4)), dy, y.get(1)).doubles());
    // Unpooling keeps the last of those that share a place; its gradient gathers.
    assertArrayEquals(new double[] {0, 100, 1000, 0}, run(new MaxUnpool(Spatial.of(4)), dy, y.get(1)).doubles());
    assertArrayEquals(new double[] {-1, -1, -1, -2}, run(new MaxUnpoolBackward(), x, y.get(1)).doubles());
  }

  @Test
  void anIndexOutsideThePlaneIsRefused() {
    HostTensor dy = tensor(Shape.of(1, 1, 1), 1);
    assertThrows(IllegalArgumentException.class, () -> run(new MaxUnpool(Spatial.of(4)), dy, HostTensor.of(Shape.of(1, 1, 1), 4)));
  }

  @Test
  void averagesCountPaddingOrNot() {
    PoolGeometry g = PoolGeometry.of(1, 3, 2, 1);
    assertArrayEquals(new double[] {1, 14 / 3.0, 8}, run(new AvgPool(g, true), LINE).doubles(), 1e-15);
    assertArrayEquals(new double[] {1.5, 14 / 3.0, 12}, run(new AvgPool(g, false), LINE).doubles(), 1e-15);
  }

  @Test
  void aPartialWindowCountsPaddingButNotWhatLiesBeyond() {
    // Windows of 4 at stride 3 from -1, one zero of padding each: [-1, 3), [2, 6).
    PoolGeometry four = new PoolGeometry(Spatial.of(4), Spatial.of(3), Spatial.of(1), Spatial.of(1), Spatial.of(1), true);
    assertArrayEquals(new double[] {7 / 4.0, 28 / 4.0}, run(new AvgPool(four, true), LINE).doubles(), 1e-15);
    // Windows of 3 at stride 3 without padding: [0, 3), [3, 6) of which only 3 and 4 exist.
    PoolGeometry three = PoolGeometry.of(1, 3, 3, 0).withCeil(true);
    assertArrayEquals(new double[] {7 / 3.0, 12}, run(new AvgPool(three, true), LINE).doubles(), 1e-15);
    // Windows of 4 at stride 4 from -1 over a padded extent that ends at 6: [3, 7) holds 3, 4 and one zero of padding.
    PoolGeometry clipped = new PoolGeometry(Spatial.of(4), Spatial.of(4), Spatial.of(1), Spatial.of(1), Spatial.of(1), true);
    assertArrayEquals(new double[] {7 / 4.0, 24 / 3.0}, run(new AvgPool(clipped, true), LINE).doubles(), 1e-15);
    assertArrayEquals(new double[] {7 / 3.0, 24 / 2.0}, run(new AvgPool(clipped, false), LINE).doubles(), 1e-15);
  }

  @Test
  void averageGradientSpreads() {
    PoolGeometry g = PoolGeometry.of(1, 3, 2, 1);
    HostTensor dy = tensor(Shape.of(1, 1, 3), 6, 12, 24);
    assertArrayEquals(new double[] {2, 2 + 4, 4, 4 + 8, 8}, run(new AvgPoolBackward(g, true, Spatial.of(5)), dy).doubles(), 1e-15);
    assertArrayEquals(new double[] {3, 3 + 4, 4, 4 + 12, 12}, run(new AvgPoolBackward(g, false, Spatial.of(5)), dy).doubles(), 1e-15);
  }

  @Test
  void adaptiveWindowsOverlapWhenSizesDoNotDivide() {
    // 5 to 3: [0, 2), [1, 4), [3, 5).
    assertArrayEquals(new double[] {1.5, 14 / 3.0, 12}, run(new AdaptiveAvgPool(Spatial.of(3)), LINE).doubles(), 1e-15);
    HostTensor dy = tensor(Shape.of(1, 1, 3), 2, 3, 4);
    assertArrayEquals(new double[] {1, 2, 1, 3, 2}, run(new AdaptiveAvgPoolBackward(Spatial.of(5)), dy).doubles(), 1e-15);
    HostTensor cube = HostTensor.generate(LINE.type().with(Shape.of(1, 2, 2, 2, 2)), i -> i);
    assertArrayEquals(new double[] {3.5, 11.5}, run(new AdaptiveAvgPool(Spatial.of(1, 1, 1)), cube).doubles());
  }

  @Test
  void dilatedMaximaInThreeDimensions() {
    HostTensor x = HostTensor.generate(LINE.type().with(Shape.of(1, 1, 3, 3, 3)), i -> i == 13 ? 100 : i);
    PoolGeometry g = new PoolGeometry(Spatial.all(3, 2), Spatial.all(3, 1), Spatial.all(3, 0), Spatial.all(3, 0), Spatial.all(3, 2), false);
    // The corners only: the large one in the centre is stepped over.
    assertArrayEquals(new double[] {26}, run(new MaxPool(g), x).doubles());
  }
}
