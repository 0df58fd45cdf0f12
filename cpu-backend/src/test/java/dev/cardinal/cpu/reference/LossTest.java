package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.NormTest.assertGradient;
import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.scalar;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static dev.cardinal.cpu.reference.OneOp.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.BinaryCrossEntropyBackward;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.CrossEntropyBackward;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.SoftmaxBackward;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Losses at logits whose softmax is known: ln 1, ln 2, ln 5 have the probabilities 1/8, 2/8, 5/8. */
class LossTest {
  private static final double[] LOGITS = {0, Math.log(2), Math.log(5)};

  private static HostTensor labels(int... l) {
    return HostTensor.of(Shape.of(l.length), l);
  }

  private static HostTensor twoRows() {
    return tensor(Shape.of(2, 3), LOGITS[0], LOGITS[1], LOGITS[2], LOGITS[2], LOGITS[1], LOGITS[0]);
  }

  @Test
  void meanOverTheLabelsThatCount() {
    CrossEntropy op = new CrossEntropy(0, -100);
    assertEquals((Math.log(8) + Math.log(8.0 / 5)) / 2, run(op, twoRows(), labels(0, 0)).item(), 1e-15);
    assertEquals(Math.log(4), run(op, twoRows(), labels(1, -100)).item(), 1e-15);
    assertEquals(0, run(op, twoRows(), labels(-100, -100)).item());
    assertEquals(Double.NaN, run(op, twoRows(), labels(0, 3)).item());
    assertEquals(Double.NaN, run(op, twoRows(), labels(-1, 0)).item());
    assertEquals(Math.log(4), run(new CrossEntropy(0, 2), twoRows(), labels(2, 1)).item(), 1e-15);
  }

  @Test
  void smoothedTargets() {
    double e = 0.3;
    double expected = (0.7 + e / 3) * Math.log(8.0 / 5) + e / 3 * (Math.log(8) + Math.log(4));
    assertEquals(expected, run(new CrossEntropy(e, -100), tensor(Shape.of(1, 3), LOGITS), labels(2)).item(), 1e-15);
  }

  @Test
  void gradientIsSoftmaxMinusTarget() {
    HostTensor g = run(new CrossEntropyBackward(0, -100), scalar(16), twoRows(), labels(2, 0));
    assertArrayEquals(new double[] {1, 2, -3, -3, 2, 1}, g.doubles(), 1e-14);
    g = run(new CrossEntropyBackward(0, -100), scalar(8), twoRows(), labels(2, -100));
    assertArrayEquals(new double[] {1, 2, -3, 0, 0, 0}, g.doubles(), 1e-14);
    g = run(new CrossEntropyBackward(0, -100), scalar(16), twoRows(), labels(5, 0));
    assertArrayEquals(new double[] {Double.NaN, Double.NaN, Double.NaN, -3, 2, 1}, g.doubles(), 1e-14);
    assertArrayEquals(new double[6], run(new CrossEntropyBackward(0, -100), scalar(16), twoRows(), labels(-100, -100)).doubles());
    assertGradient(twoRows(), scalar(1), x -> run(new CrossEntropy(0.2, -100), x, labels(1, 2)),
        run(new CrossEntropyBackward(0.2, -100), scalar(1), twoRows(), labels(1, 2)));
  }

  @Test
  void perPixelLabelsRunAlongTheChannels() {
    HostTensor x = tensor(Shape.of(1, 3, 2), LOGITS[0], LOGITS[2], LOGITS[1], LOGITS[1], LOGITS[2], LOGITS[0]);
    HostTensor l = HostTensor.of(Shape.of(1, 2), 0, 0);
    assertEquals((Math.log(8) + Math.log(8.0 / 5)) / 2, run(new CrossEntropy(0, -100), x, l).item(), 1e-15);
    HostTensor g = run(new CrossEntropyBackward(0, -100), scalar(16), x, l);
    assertArrayEquals(new double[] {-7, -3, 2, 2, 5, 1}, g.doubles(), 1e-14);
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    HostTensor x = tensor(Shape.of(1, 2), 1e6, 0);
    assertEquals(1e6, run(new CrossEntropy(0, -100), x, labels(1)).item());
    assertArrayEquals(new double[] {1, 0}, run(new Softmax(1, false), x).doubles());
    assertEquals(1e6, run(new BinaryCrossEntropy(), vector(-1e6), vector(1)).item());
  }

  @Test
  void softmaxAlongAnyAxis() {
    HostTensor x = tensor(Shape.of(3, 2), LOGITS[0], 7, LOGITS[1], 7, LOGITS[2], 7);
    double third = 1 / 3.0;
    assertArrayEquals(new double[] {1 / 8.0, third, 2 / 8.0, third, 5 / 8.0, third}, run(new Softmax(0, false), x).doubles(), 1e-15);
    HostTensor log = run(new Softmax(-2, true), x);
    assertEquals(-Math.log(8), log.get(0), 1e-15);
    assertEquals(-Math.log(3), log.get(1), 1e-15);
    HostTensor dy = tensor(x.shape(), 1, -2, 3, 0.5, -1, 2);
    for (boolean logarithm : new boolean[] {false, true}) {
      Softmax op = new Softmax(0, logarithm);
      assertGradient(x, dy, v -> run(op, v), run(new SoftmaxBackward(0, logarithm), dy, run(op, x)));
    }
  }

  @Test
  void binaryCrossEntropy() {
    // At logit ln 3 the probability is 3/4.
    HostTensor x = vector(Math.log(3), Math.log(3));
    HostTensor t = vector(1, 0);
    assertEquals((Math.log(4.0 / 3) + Math.log(4)) / 2, run(new BinaryCrossEntropy(), x, t).item(), 1e-15);
    assertArrayEquals(new double[] {-0.25, 0.75}, run(new BinaryCrossEntropyBackward(), scalar(2), x, t).doubles(), 1e-15);
  }
}
