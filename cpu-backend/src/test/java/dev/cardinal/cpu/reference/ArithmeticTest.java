package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.NormTest.assertGradient;
import static dev.cardinal.cpu.reference.OneOp.run;
import static dev.cardinal.cpu.reference.OneOp.tensor;
import static dev.cardinal.cpu.reference.OneOp.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.Activation;
import dev.cardinal.op.ActivationBackward;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Elementwise functions, matrix products, reductions and conversions at values that are known. */
class ArithmeticTest {
  private static final HostTensor X = vector(-4, -3, -1, -0.5, 0, 0.5, 2, 3, 6, 7);
  private static final double NAN = Double.NaN;

  @Test
  void activations() {
    check(Activation.Kind.RELU, 0, 0, 0, 0, 0, 0, 0.5, 2, 3, 6, 7);
    check(Activation.Kind.RELU6, 0, 0, 0, 0, 0, 0, 0.5, 2, 3, 6, 6);
    check(Activation.Kind.LEAKY_RELU, 0.5, -2, -1.5, -0.5, -0.25, 0, 0.5, 2, 3, 6, 7);
    check(Activation.Kind.HARD_SWISH, 0, 0, 0, -1 / 3.0, -1.25 / 6, 0, 1.75 / 6, 10 / 6.0, 3, 6, 7);
    assertEquals(0.75, run(new Activation(Activation.Kind.SIGMOID), vector(Math.log(3))).item(), 1e-15);
    assertEquals(0.8, run(new Activation(Activation.Kind.TANH), vector(Math.log(3))).item(), 1e-15);
  }

  private static void check(Activation.Kind kind, double alpha, double... y) {
    assertArrayEquals(y, run(new Activation(kind, alpha), X).doubles(), 1e-15, kind.toString());
    assertEquals(NAN, run(new Activation(kind, alpha), vector(NAN)).item(), kind.toString());
  }

  @Test
  void activationGradients() {
    HostTensor smooth = vector(-3.7, -2, -0.4, 0.3, 1.1, 4, 6.5);
    HostTensor dy = vector(1, 2, 3, -4, 5, 6, 7);
    for (Activation.Kind kind : Activation.Kind.values()) {
      Activation op = new Activation(kind, kind == Activation.Kind.LEAKY_RELU ? 0.1 : 0);
      HostTensor known = kind.differentiatesFromOutput() ? run(op, smooth) : smooth;
      assertGradient(smooth, dy, x -> run(op, x), run(new ActivationBackward(kind, op.alpha()), dy, known));
    }
    assertArrayEquals(new double[] {0, 0}, run(new ActivationBackward(Activation.Kind.RELU6, 0), vector(1, 1), vector(0, 6)).doubles());
    assertEquals(0, run(new ActivationBackward(Activation.Kind.RELU, 0), vector(1), vector(0)).item());
  }

  @Test
  void binaryBroadcastsAtTheLastAxes() {
    HostTensor a = tensor(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    HostTensor row = vector(10, 20, 30);
    HostTensor column = tensor(Shape.of(2, 1), 100, 200);
    assertArrayEquals(new double[] {11, 22, 33, 14, 25, 36}, run(new Binary(Binary.Kind.ADD), a, row).doubles());
    assertArrayEquals(new double[] {90, 80, 70, 190, 180, 170}, run(new Binary(Binary.Kind.SUBTRACT), column, row).doubles());
    HostTensor b = tensor(Shape.of(2, 3), 2, 2, 2, 5, 5, 5);
    assertArrayEquals(new double[] {2, 4, 6, 20, 25, 30}, run(new Binary(Binary.Kind.MULTIPLY), a, b).doubles());
    assertArrayEquals(new double[] {0.5, 1, 1.5, 0.8, 1, 1.2}, run(new Binary(Binary.Kind.DIVIDE), a, b).doubles());
    assertArrayEquals(new double[] {2, 2, 3, 5, 5, 6}, run(new Binary(Binary.Kind.MAXIMUM), a, b).doubles());
    assertArrayEquals(new double[] {1, 2, 2, 4, 5, 5}, run(new Binary(Binary.Kind.MINIMUM), a, b).doubles());
    assertArrayEquals(new double[] {0, 1, 1, 0, 1, 1}, run(new Binary(Binary.Kind.GREATER_OR_EQUAL), a, b).doubles());
  }

  @Test
  void unaryAndScale() {
    HostTensor x = vector(-2, 0, 4);
    assertArrayEquals(new double[] {2, -0.0, -4}, run(new Unary(Unary.Kind.NEGATE), x).doubles());
    assertArrayEquals(new double[] {2, 0, 4}, run(new Unary(Unary.Kind.ABSOLUTE), x).doubles());
    assertArrayEquals(new double[] {4, 0, 16}, run(new Unary(Unary.Kind.SQUARE), x).doubles());
    assertArrayEquals(new double[] {NAN, 0, 2}, run(new Unary(Unary.Kind.SQUARE_ROOT), x).doubles());
    assertArrayEquals(new double[] {Math.exp(-2), 1, Math.exp(4)}, run(new Unary(Unary.Kind.EXPONENTIAL), x).doubles());
    assertArrayEquals(new double[] {NAN, Double.NEGATIVE_INFINITY, Math.log(4)}, run(new Unary(Unary.Kind.LOGARITHM), x).doubles());
    assertArrayEquals(new double[] {-1, 0, 1}, run(new Unary(Unary.Kind.SIGN), x).doubles());
    assertArrayEquals(new double[] {-5, 1, 13}, run(new Scale(3, 1), x).doubles());
  }

  @Test
  void matrixProducts() {
    double[] product = {58, 64, 139, 154};
    HostTensor a = tensor(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    HostTensor b = tensor(Shape.of(3, 2), 7, 8, 9, 10, 11, 12);
    HostTensor at = tensor(Shape.of(3, 2), 1, 4, 2, 5, 3, 6);
    HostTensor bt = tensor(Shape.of(2, 3), 7, 9, 11, 8, 10, 12);
    assertArrayEquals(product, run(new MatMul(false, false), a, b).doubles());
    assertArrayEquals(product, run(new MatMul(true, false), at, b).doubles());
    assertArrayEquals(product, run(new MatMul(false, true), a, bt).doubles());
    assertArrayEquals(product, run(new MatMul(true, true), at, bt).doubles());
    assertArrayEquals(product, run(new Linear(), a, bt).doubles());
    assertArrayEquals(new double[] {0, 4, 79, 94}, run(new Linear(Activation.Kind.RELU), a, bt, vector(-60, -60)).doubles());
  }

  @Test
  void longMatrixRows() {
    // Ones times ones across several tiles: every element is the inner size.
    HostTensor a = HostTensor.generate(X.type().with(Shape.of(2, 5)), i -> 1);
    HostTensor b = HostTensor.generate(X.type().with(Shape.of(5, 1100)), i -> i % 1100);
    HostTensor c = run(new MatMul(false, false), a, b);
    for (int i = 0; i < c.size(); i++) {
      assertEquals(5.0 * (i % 1100), c.get(i));
    }
  }

  @Test
  void reductions() {
    HostTensor x = HostTensor.generate(X.type().with(Shape.of(2, 3, 2)), i -> i);
    assertArrayEquals(new double[] {14, 22, 30}, run(Reduce.overAllBut(Reduce.Kind.SUM, 1, 3), x).doubles());
    assertArrayEquals(new double[] {2, 3, 8, 9}, run(new Reduce(Reduce.Kind.MEAN, List.of(1), true), x).doubles());
    assertEquals(5.5, run(Reduce.toScalar(Reduce.Kind.MEAN, 3), x).item());
    assertArrayEquals(x.doubles(), run(new Reduce(Reduce.Kind.SUM, List.of(), false), x).doubles());
  }

  @Test
  void sumsAreKeptInDoubleAndRoundedOnce() {
    // In float32 alone 2^24 + 1 + 1 would stay at 2^24.
    HostTensor x = HostTensor.of(Shape.of(3), 0x1p24f, 1f, 1f);
    assertEquals(0x1p24 + 2, run(Reduce.toScalar(Reduce.Kind.SUM, 1), x).item());
  }

  @Test
  void conversions() {
    HostTensor x = vector(1.5, -2.75, 65519, 65520, 1 + 0x1p-11, 1 + 0x1.8p-10);
    assertArrayEquals(new double[] {1.5, -2.75, 65504, Double.POSITIVE_INFINITY, 1, 1 + 0x1p-9}, Values.of(run(new Cast(DType.F16), x)));
    // Just above the middle between 1 and the next float16: rounding by way of float32 would see a tie.
    assertEquals(1 + 0x1p-10, Values.of(run(new Cast(DType.F16), vector(1 + 0x1p-11 + 0x1p-40)))[0]);
    assertArrayEquals(new double[] {1.5, -2.75, 65536, 65536, 1, 1}, Values.of(run(new Cast(DType.BF16), x)));
    assertArrayEquals(new int[] {1, -2, 65519, 65520, 1, 1}, run(new Cast(DType.I32), x).ints());
    HostTensor big = HostTensor.of(Shape.of(2), (1L << 60) + 1, -1L);
    assertArrayEquals(big.longs(), run(new Cast(DType.I64), big).longs());
    assertArrayEquals(new int[] {1, -1}, run(new Cast(DType.I32), big).ints());
    assertArrayEquals(new float[] {0x1p60f, -1}, run(new Cast(DType.F32), big).floats());
    assertArrayEquals(new float[] {0, 255}, run(new Cast(DType.F32), HostTensor.of(Shape.of(2), (byte) 0, (byte) 255)).floats());
  }
}
