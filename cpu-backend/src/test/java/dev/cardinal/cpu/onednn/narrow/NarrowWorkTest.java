package dev.cardinal.cpu.onednn.narrow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Floats;
import dev.cardinal.cpu.onednn.kernel.Workers;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Convolutions over sorted channels for shapes that only a measurement would choose: any number of groups and channels, several rounds, against plain loops over small whole numbers. */
class NarrowWorkTest {
  private static final int CASES = 30;
  private final Workers workers = new Workers(2);
  private final PhiloxRandom random = new PhiloxRandom(5, 77);

  /** One shape with its operands, maps channels last. */
  private final class Case {
    final int n = 1 + random.nextInt(5);
    final int groups = 8 + random.nextInt(30);
    final int in = 1 + random.nextInt(9);
    final int out = 2 + random.nextInt(8);
    final int k = 1 + random.nextInt(3);
    final int l = 1 + random.nextInt(3);
    final int stride = 1 + random.nextInt(2);
    final int dilation = 1 + random.nextInt(2);
    final int pad = random.nextInt(k);
    final int left = random.nextInt(l);
    final int h = k + random.nextInt(7);
    final int w = (l - 1) * dilation + 1 + random.nextInt(7);
    final int oh = (h + 2 * pad - k) / stride + 1;
    final int ow = (w + left - (l - 1) * dilation - 1) / stride + 1;
    final float[] x = numbers(n * h * w * groups * in);
    final float[] y = numbers(n * oh * ow * groups * out);
    final float[] weights = numbers(groups * out * in * k * l);

    NarrowShape shape() {
      ConvGeometry g = new ConvGeometry(Spatial.of(stride, stride), Spatial.of(pad, left), Spatial.of(pad, 0), Spatial.of(1, dilation), groups);
      return NarrowShape.of(g, Shape.of(n, groups * in, h, w), Shape.of(n, groups * out, oh, ow), Shape.of(groups * out, in, k, l));
    }

    /** Handles a product of an element of x, one of the weights and one of y. */
    interface Term {
      void at(int x, int weight, int y);
    }

    void terms(Term t) {
      for (int s = 0; s < n; s++) {
        for (int r = 0; r < oh; r++) {
          for (int c = 0; c < ow; c++) {
            for (int i = 0; i < k; i++) {
              for (int j = 0; j < l; j++) {
                int row = r * stride - pad + i;
                int column = c * stride - left + j * dilation;
                if (row < 0 || row >= h || column < 0 || column >= w) {
                  continue;
                }
                for (int o = 0; o < groups * out; o++) {
                  for (int a = 0; a < in; a++) {
                    t.at(((s * h + row) * w + column) * groups * in + o / out * in + a, (o * in + a) * k * l + i * l + j, ((s * oh + r) * ow + c) * groups * out + o);
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private float[] numbers(int count) {
    float[] v = new float[count];
    for (int i = 0; i < count; i++) {
      v[i] = random.nextInt(9) - 4;
    }
    return v;
  }

  private final List<NativeMemory> memories = new ArrayList<>();

  private long memory(float[] values) {
    NativeMemory m = NativeMemory.allocate(Math.max(4, 4L * values.length), "a test");
    memories.add(m);
    Floats.at(m.address(), values.length).put(0, values, 0, values.length);
    return m.address();
  }

  private float[] run(NarrowWork work, float[] input, float[] weights, float[] output, boolean givesWeights) {
    try (work) {
      assumeTrue(work.possible(), "the library has no fast depthwise convolution on this processor");
      long to = memory(output);
      long ws = memory(weights);
      NativeMemory area = NativeMemory.allocate(work.workBytes(), "a test");
      memories.add(area);
      Runnable r = work.bind(memory(input), ws, 0, to, area.address());
      r.run();
      r.run();
      float[] got = new float[givesWeights ? weights.length : output.length];
      Floats.at(givesWeights ? ws : to, got.length).get(0, got, 0, got.length);
      return got;
    } finally {
      memories.forEach(NativeMemory::close);
      memories.clear();
    }
  }

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void convolutionsAreExact() {
    for (int i = 0; i < CASES; i++) {
      Case c = new Case();
      float[] want = new float[c.y.length];
      c.terms((x, w, y) -> want[y] += c.x[x] * c.weights[w]);
      assertArrayEquals(want, run(new NarrowConvolution(c.shape(), workers, false, false, null), c.x, c.weights, new float[want.length], false), c.shape().toString());
    }
  }

  @Test
  void gradientsOfInputsAreExact() {
    for (int i = 0; i < CASES; i++) {
      Case c = new Case();
      NarrowShape mirrored = c.shape().mirrored();
      if (mirrored == null) {
        continue;
      }
      float[] want = new float[c.x.length];
      c.terms((x, w, y) -> want[x] += c.y[y] * c.weights[w]);
      assertArrayEquals(want, run(new NarrowConvolution(mirrored, workers, true, false, null), c.y, c.weights, new float[want.length], false), mirrored.toString());
    }
  }

  @Test
  void gradientsOfWeightsAreExact() {
    for (int i = 0; i < CASES; i++) {
      Case c = new Case();
      float[] want = new float[c.weights.length];
      c.terms((x, w, y) -> want[w] += c.x[x] * c.y[y]);
      assertArrayEquals(want, run(new NarrowGradient(c.shape(), workers), c.x, new float[want.length], c.y, true), c.shape().toString());
    }
  }
}
