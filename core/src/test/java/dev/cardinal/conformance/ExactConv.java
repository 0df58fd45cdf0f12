package dev.cardinal.conformance;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.SplittableRandom;

/**
 * Small-integer data for one convolution shape and an independent check of all three operations in 64-bit integers.
 *
 * <p>Checking by recomputing would cost as much as the operation. Instead each result is projected, as Freivalds (1977) checks matrix products: the channels of a group are added up with random integer
 * weights r. For the forward operation Σ_o r_o y[n,o,p] must equal the convolution of x with the one filter Σ_o r_o w[o], which costs a fraction 1 / (Cout / groups) of the whole. The projection covers
 * every element of the result; with one channel per group it is the result itself, and otherwise a wrong element passes with probability 2⁻¹⁵ at each position. The backward operations are
 * projected likewise: that for the data over the input channels, that for the weights over the output channels. A few elements are computed directly besides, by another route.
 */
final class ExactConv {
  /** Largest absolute value of the data. */
  private static final int LARGEST = 4;

  final ConvShape shape;
  final HostTensor x;
  final HostTensor w;
  final HostTensor dy;
  private final int batch;
  private final int groups;
  private final int inPerGroup;
  private final int outPerGroup;
  private final int xPlane;
  private final int yPlane;
  private final int taps;
  private final SplittableRandom random;
  private final Rows rows;

  ExactConv(ConvShape shape, int batch, long seed) {
    this.shape = shape;
    this.batch = batch;
    this.random = new SplittableRandom(seed ^ shape.text().hashCode());
    groups = (int) shape.groups();
    inPerGroup = (int) (shape.cin() / groups);
    outPerGroup = (int) (shape.cout() / groups);
    Shape xs = Shape.of(batch, (int) shape.cin(), shape.inputSpatial().toArray());
    Shape ys = Shape.of(batch, (int) shape.cout(), shape.outputSpatial().toArray());
    Shape ws = Shape.of((int) shape.cout(), inPerGroup, shape.kernelSpatial().toArray());
    xPlane = (int) xs.spatialSize();
    yPlane = (int) ys.spatialSize();
    taps = (int) ws.spatialSize();
    rows = new Rows(shape);
    // Each operand takes part in two operations; the longer of their sums decides how thin it must be for every sum to stay below 2^24.
    double forward = (double) inPerGroup * taps;
    double data = (double) outPerGroup * taps;
    double weights = (double) batch * yPlane;
    x = draw(xs, Math.max(forward, weights));
    w = draw(ws, Math.max(forward, data));
    dy = draw(ys, Math.max(data, weights));
  }

  /** Integers from -4 to 4, so thin that {@code terms} products have an absolute sum of 2^22 on average, a quarter of what float32 holds exactly. */
  private HostTensor draw(Shape s, double terms) {
    double density = Math.min(1, 0x1p22 / (terms * LARGEST * LARGEST));
    HostTensor t = HostTensor.zeros(new TensorType(DType.F32, s));
    float[] v = t.floats();
    for (int i = 0; i < v.length; i++) {
      v[i] = density == 1 || random.nextDouble() < density ? random.nextInt(-LARGEST, LARGEST + 1) : 0;
    }
    return t;
  }

  private long[] weights(int n) {
    long[] r = new long[n];
    for (int i = 0; i < n; i++) {
      r[i] = random.nextInt(1, 1 << 15) * (random.nextBoolean() ? 1 : -1);
    }
    return r;
  }

  /** What is wrong with the forward result; {@code null} if nothing. */
  String checkForward(HostTensor y) {
    long[] r = weights((int) shape.cout());
    long[] filter = projectFirst(w.floats(), inPerGroup * taps, r);
    long[] expected = new long[batch * groups * yPlane];
    rows.visit((xi, yi, tap, count, step) -> {
      for (int ng = 0; ng < batch * groups; ng++) {
        int g = ng % groups;
        for (int c = 0; c < inPerGroup; c++) {
          long f = filter[(g * inPerGroup + c) * taps + tap];
          Rows.addScaled(expected, ng * yPlane + yi, x.floats(), (ng * inPerGroup + c) * xPlane + xi, step, count, f);
        }
      }
    });
    return compare(expected, projectSecond(y.floats(), outPerGroup, yPlane, r), y);
  }

  /** What is wrong with the gradient of the data; {@code null} if nothing. */
  String checkBackwardData(HostTensor dx) {
    long[] r = weights((int) shape.cin());
    long[] filter = new long[(int) shape.cout() * taps];
    for (int i = 0; i < w.size(); i++) {
      int o = i / (inPerGroup * taps);
      filter[o * taps + i % taps] += r[o / outPerGroup * inPerGroup + i / taps % inPerGroup] * (long) w.floats()[i];
    }
    long[] expected = new long[batch * groups * xPlane];
    rows.visit((xi, yi, tap, count, step) -> {
      for (int ng = 0; ng < batch * groups; ng++) {
        int g = ng % groups;
        for (int o = 0; o < outPerGroup; o++) {
          long f = filter[(g * outPerGroup + o) * taps + tap];
          Rows.scatterScaled(expected, ng * xPlane + xi, step, dy.floats(), (ng * outPerGroup + o) * yPlane + yi, count, f);
        }
      }
    });
    return compare(expected, projectSecond(dx.floats(), inPerGroup, xPlane, r), dx);
  }

  /** What is wrong with the gradient of the weights; {@code null} if nothing. */
  String checkBackwardWeights(HostTensor dw) {
    long[] r = weights((int) shape.cout());
    long[] projected = projectSecond(dy.floats(), outPerGroup, yPlane, r);
    long[] expected = new long[(int) shape.cin() * taps];
    rows.visit((xi, yi, tap, count, step) -> {
      for (int ng = 0; ng < batch * groups; ng++) {
        int g = ng % groups;
        for (int c = 0; c < inPerGroup; c++) {
          expected[(g * inPerGroup + c) * taps + tap] += Rows.dot(projected, ng * yPlane + yi, x.floats(), (ng * inPerGroup + c) * xPlane + xi, step, count);
        }
      }
    });
    return compare(expected, projectFirst(dw.floats(), inPerGroup * taps, r), dw);
  }

  /** Adds up the first axis (output channels) of weights, group by group. */
  private long[] projectFirst(float[] v, int inner, long[] r) {
    long[] p = new long[groups * inner];
    for (int o = 0; o < r.length; o++) {
      int to = o / outPerGroup * inner;
      for (int i = 0; i < inner; i++) {
        p[to + i] += r[o] * (long) v[o * inner + i];
      }
    }
    return p;
  }

  /** Adds up the channels of a feature map, group by group. */
  private static long[] projectSecond(float[] v, int perGroup, int plane, long[] r) {
    long[] p = new long[v.length / perGroup];
    for (int c = 0; c < v.length / plane; c++) {
      int to = c / perGroup * plane;
      long f = r[c % r.length];
      for (int i = 0; i < plane; i++) {
        p[to + i] += f * (long) v[c * plane + i];
      }
    }
    return p;
  }

  private static String compare(long[] expected, long[] actual, HostTensor result) {
    for (float f : result.floats()) {
      if (f != Math.rint(f) || Math.abs(f) > 0x1p24f) {
        return "the result " + f + " is not an integer that float32 holds exactly";
      }
    }
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] != actual[i]) {
        return "projected element " + i + " of " + expected.length + ": expected " + expected[i] + ", got " + actual[i];
      }
    }
    return null;
  }

  /** Compares a few elements of each result with sums over all triples that meet in them, found from their positions one by one. */
  String checkSamples(HostTensor y, HostTensor dx, HostTensor dw) {
    for (int i = 0; i < 8; i++) {
      int[] at = {random.nextInt(y.size()), random.nextInt(dx.size()), random.nextInt(dw.size())};
      long[] expected = {new ExactElement(this).forward(at[0]), new ExactElement(this).data(at[1]), new ExactElement(this).weight(at[2])};
      double[] actual = {y.get(at[0]), dx.get(at[1]), dw.get(at[2])};
      for (int k = 0; k < 3; k++) {
        if (expected[k] != actual[k]) {
          return (k == 0 ? "y" : k == 1 ? "dx" : "dw") + " element " + at[k] + ": expected " + expected[k] + ", got " + actual[k];
        }
      }
    }
    return null;
  }
}
