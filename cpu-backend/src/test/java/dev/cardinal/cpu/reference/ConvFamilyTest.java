package dev.cardinal.cpu.reference;

import static dev.cardinal.cpu.reference.OneOp.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The three operations of the convolution family against the explicit matrix M of a convolution: y = M x, dx = Mᵀ dy, and
 * dw · v = dy · (M(v) x) for every weight direction v. All in small integers, exactly.
 */
class ConvFamilyTest {
  private final Random random = new Random(7);

  private HostTensor integers(DType type, Shape shape) {
    return HostTensor.generate(new TensorType(type, shape), i -> random.nextInt(9) - 4);
  }

  private void check(DType type, ConvGeometry g, Shape x, int outputs, Spatial kernel) {
    Shape w = Shape.of(outputs, x.dim(1) / g.groups(), kernel.toArray());
    Spatial out = g.outputSize(Spatial.of(x.spatial()), kernel);
    Shape y = Shape.of(x.dim(0), outputs, out.toArray());
    HostTensor tx = integers(type, x);
    HostTensor tw = integers(type, w);
    HostTensor tdy = integers(type, y);
    double[][] m = ConvMatrix.of(g, sample(x), w, sample(y), Values.of(tw));
    String what = g + " x " + x + " w " + w;

    double[] forward = new double[(int) y.size()];
    double[] backward = new double[(int) x.size()];
    double[] vx = Values.of(tx);
    double[] vdy = Values.of(tdy);
    for (int n = 0; n < x.dim(0); n++) {
      for (int r = 0; r < m.length; r++) {
        for (int c = 0; c < m[r].length; c++) {
          forward[n * m.length + r] += m[r][c] * vx[n * m[r].length + c];
          backward[n * m[r].length + c] += m[r][c] * vdy[n * m.length + r];
        }
      }
    }
    assertArrayEquals(forward, Values.of(run(new Conv(g), tx, tw)), what);
    assertArrayEquals(backward, Values.of(run(new ConvBackwardData(g, Spatial.of(x.spatial())), tdy, tw)), what);
    checkWeights(type, g, tx, tdy, w, run(new ConvBackwardWeights(g, kernel), tx, tdy), what);
  }

  /** y is linear in the weights, so the gradient at one weight is dy · y for the convolution with that weight 1 and the others 0. */
  private void checkWeights(DType type, ConvGeometry g, HostTensor x, HostTensor dy, Shape w, HostTensor dw, String what) {
    double[] expected = new double[(int) w.size()];
    double[] vdy = Values.of(dy);
    double[] vx = Values.of(x);
    for (int k = 0; k < expected.length; k++) {
      double[] one = new double[expected.length];
      one[k] = 1;
      double[][] m = ConvMatrix.of(g, sample(x.shape()), w, sample(dy.shape()), one);
      for (int n = 0; n < x.shape().dim(0); n++) {
        for (int r = 0; r < m.length; r++) {
          for (int c = 0; c < m[r].length; c++) {
            expected[k] += m[r][c] * vx[n * m[r].length + c] * vdy[n * m.length + r];
          }
        }
      }
    }
    assertEquals(new TensorType(type, w), dw.type());
    assertArrayEquals(expected, Values.of(dw), what);
  }

  private static Shape sample(Shape s) {
    return Shape.of(Arrays.copyOfRange(s.dims(), 1, s.rank()));
  }

  @Test
  void oneDimension() {
    check(DType.F32, ConvGeometry.of(1, 1, 0, 1, 1), Shape.of(2, 2, 7), 3, Spatial.of(3));
    check(DType.F64, ConvGeometry.of(1, 3, 2, 2, 2), Shape.of(1, 4, 11), 6, Spatial.of(4));
    check(DType.F32, ConvGeometry.of(1).withStride(4).withPadding(Spatial.of(0), Spatial.of(3)), Shape.of(1, 1, 9), 1, Spatial.of(2));
  }

  @Test
  void twoDimensions() {
    check(DType.F32, ConvGeometry.of(2, 1, 1, 1, 1), Shape.of(2, 3, 5, 4), 2, Spatial.of(3, 3));
    check(DType.F64, ConvGeometry.of(2, 2, 1, 1, 2), Shape.of(1, 4, 6, 7), 4, Spatial.of(3, 2));
    check(DType.F32, ConvGeometry.of(2, 1, 0, 1, 1), Shape.of(1, 9, 4, 3), 10, Spatial.of(1, 1));
    check(DType.F32, ConvGeometry.of(2, 2, 0, 1, 1), Shape.of(1, 2, 5, 6), 3, Spatial.of(1, 1));
    check(DType.F32, ConvGeometry.of(2, 2, 3, 3, 1), Shape.of(1, 2, 7, 6), 2, Spatial.of(3, 3));
    ConvGeometry uneven = ConvGeometry.of(2).withStride(3, 2).withPadding(Spatial.of(2, 0), Spatial.of(0, 1)).withDilation(1, 2);
    check(DType.F32, uneven, Shape.of(2, 2, 5, 6), 2, Spatial.of(2, 3));
    check(DType.F32, ConvGeometry.of(2, 1, 2, 1, 1), Shape.of(1, 1, 1, 1), 1, Spatial.of(3, 3));
  }

  @Test
  void depthwiseWithMultiplier() {
    check(DType.F32, ConvGeometry.of(2, 2, 1, 1, 3), Shape.of(2, 3, 5, 5), 6, Spatial.of(3, 3));
    check(DType.F32, ConvGeometry.of(2, 1, 2, 1, 3), Shape.of(1, 3, 4, 5), 3, Spatial.of(5, 5));
  }

  @Test
  void threeDimensions() {
    check(DType.F32, ConvGeometry.of(3, 2, 1, 1, 2), Shape.of(1, 2, 3, 4, 5), 4, Spatial.of(2, 3, 3));
    check(DType.F64, ConvGeometry.of(3).withDilation(2, 1, 1).withPadding(1, 0, 1), Shape.of(1, 1, 4, 3, 3), 2, Spatial.of(2, 2, 3));
  }

  @Test
  void longRunsAndManyChannelsCrossTilesAndBlocks() {
    Shape x = Shape.of(1, 1, 30, 40);
    HostTensor tx = integers(DType.F32, x);
    HostTensor w = integers(DType.F32, Shape.of(19, 1, 1, 1));
    double[] y = Values.of(run(new Conv(ConvGeometry.of(2)), tx, w));
    for (int i = 0; i < y.length; i++) {
      assertEquals(w.get(i / 1200) * tx.get(i % 1200) + 0.0, y[i]);
    }
    HostTensor dy = HostTensor.generate(TensorType.f32(1, 19, 30, 40), i -> i / 1200);
    double[] dw = Values.of(run(new ConvBackwardWeights(ConvGeometry.of(2), Spatial.of(1, 1)), tx, dy));
    double sum = 0;
    for (double v : Values.of(tx)) {
      sum += v;
    }
    for (int o = 0; o < 19; o++) {
      assertEquals(o * sum + 0.0, dw[o]);
    }
  }

  @Test
  void aKernelOfManyThousandTaps() {
    HostTensor x = HostTensor.generate(TensorType.f32(1, 2, 9001), i -> 1);
    HostTensor w = HostTensor.generate(TensorType.f32(1, 2, 9000), i -> i == 17999 ? 5 : 1);
    assertArrayEquals(new float[] {18004, 18004}, run(new Conv(ConvGeometry.of(1)), x, w).floats());
    HostTensor dw = run(new ConvBackwardWeights(ConvGeometry.of(1), Spatial.of(9000)), x, HostTensor.of(Shape.of(1, 1, 2), 1f, 2f));
    for (double v : Values.of(dw)) {
      assertEquals(3, v);
    }
  }

  @Test
  void groupsAreABlockDiagonalDenseConvolution() {
    int groups = 3;
    HostTensor x = integers(DType.F32, Shape.of(2, 6, 5, 5));
    HostTensor grouped = integers(DType.F32, Shape.of(9, 2, 3, 3));
    HostTensor dense = HostTensor.zeros(TensorType.f32(9, 6, 3, 3));
    for (int o = 0; o < 9; o++) {
      System.arraycopy(grouped.floats(), o * 18, dense.floats(), o * 54 + o / 3 * 18, 18);
    }
    HostTensor a = run(new Conv(ConvGeometry.of(2, 2, 1, 1, groups)), x, grouped);
    HostTensor b = run(new Conv(ConvGeometry.of(2, 2, 1, 1, 1)), x, dense);
    assertArrayEquals(Values.of(b), Values.of(a));
  }

  @Test
  void transposedConvolutionByHand() {
    // [1, 2] with kernel [1, 10, 100] at stride 2 spreads to [1, 10, 100 + 2, 20, 200], and one element of output padding.
    HostTensor x = HostTensor.of(Shape.of(1, 1, 2), 1f, 2f);
    HostTensor w = HostTensor.of(Shape.of(1, 1, 3), 1f, 10f, 100f);
    HostTensor y = run(new ConvBackwardData(ConvGeometry.of(1).withStride(2), Spatial.of(6)), x, w);
    assertArrayEquals(new float[] {1, 10, 102, 20, 200, 0}, y.floats());
  }

  @Test
  void biasAndActivationComeLast() {
    HostTensor x = HostTensor.of(Shape.of(1, 1, 3), 1f, 2f, 3f);
    HostTensor w = HostTensor.of(Shape.of(2, 1, 1), 1f, -1f);
    HostTensor b = HostTensor.of(Shape.of(2), -2f, 2f);
    assertArrayEquals(new float[] {0, 0, 1, 1, 0, 0}, run(new Conv(ConvGeometry.of(1), Activation.Kind.RELU), x, w, b).floats());
    HostTensor dy = HostTensor.of(Shape.of(1, 2, 3), 1f, 2f, 3f, 1f, 0f, 5f);
    ConvBackwardData transposed = new ConvBackwardData(ConvGeometry.of(1), Spatial.of(3), Activation.Kind.RELU);
    HostTensor down = run(transposed, dy, w, HostTensor.of(Shape.of(1), 1f));
    assertArrayEquals(new float[] {1, 3, 0}, down.floats());
  }
}
