package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import org.junit.jupiter.api.Test;

class ResizeTest {
  private static final HostTensor PAIR = tensor(Shape.of(1, 1, 2), 0, 4);

  private static Resize to(Resize.Mode mode, boolean alignCorners, int... size) {
    return new Resize(mode, Spatial.of(size), alignCorners);
  }

  @Test
  void nearestRepeats() {
    assertArrayEquals(new double[] {0, 0, 0, 4, 4}, run(to(Resize.Mode.NEAREST, false, 5), PAIR).doubles());
    HostTensor x = tensor(Shape.of(1, 1, 2, 2), 1, 2, 3, 4);
    assertArrayEquals(new double[] {1, 1, 2, 2, 3, 3, 4, 4}, run(to(Resize.Mode.NEAREST, false, 2, 4), x).doubles());
  }

  @Test
  void linearBetweenHalfPixelCentres() {
    // Positions -1/4 (clamped), 1/4, 3/4, 5/4 (beyond the last).
    assertArrayEquals(new double[] {0, 1, 3, 4}, run(to(Resize.Mode.LINEAR, false, 4), PAIR).doubles());
    assertArrayEquals(new double[] {0, 1, 2, 3, 4}, run(to(Resize.Mode.LINEAR, true, 5), PAIR).doubles());
    assertArrayEquals(new double[] {0}, run(to(Resize.Mode.LINEAR, true, 1), PAIR).doubles());
    assertArrayEquals(new double[] {2}, run(to(Resize.Mode.LINEAR, false, 1), PAIR).doubles());
  }

  @Test
  void bilinearKeepsAPlane() {
    // f(y, x) = 10 y + x is reproduced exactly where corners are aligned.
    HostTensor x = HostTensor.generate(PAIR.type().with(Shape.of(1, 1, 3, 3)), i -> 10 * (i / 3) + i % 3);
    HostTensor y = run(to(Resize.Mode.LINEAR, true, 5, 9), x);
    for (int i = 0; i < y.size(); i++) {
      assertEquals(10 * (i / 9) / 2.0 + i % 9 / 4.0, y.get(i), 1e-13);
    }
  }

  @Test
  void gradientIsTheTranspose() {
    HostTensor dy = tensor(Shape.of(1, 1, 4), 1, 10, 100, 1000);
    HostTensor linear = run(new ResizeBackward(to(Resize.Mode.LINEAR, false, 4), Spatial.of(2)), dy);
    assertArrayEquals(new double[] {1 + 7.5 + 25, 2.5 + 75 + 1000}, linear.doubles());
    HostTensor nearest = run(new ResizeBackward(to(Resize.Mode.NEAREST, false, 4), Spatial.of(2)), dy);
    assertArrayEquals(new double[] {11, 1100}, nearest.doubles());
  }
}
