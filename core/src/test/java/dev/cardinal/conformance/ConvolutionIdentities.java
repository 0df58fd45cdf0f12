package dev.cardinal.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What the literature says of convolution, as equations between results of one device. Inputs are small integers, so both sides are exact and must be equal. */
final class ConvolutionIdentities {
  private ConvolutionIdentities() {}

  static Map<String, Consumer<Device>> all() {
    Map<String, Consumer<Device>> m = new LinkedHashMap<>();
    m.put("transposed convolution is the transposed matrix of the convolution (Dumoulin and Visin, section 4.1)", ConvolutionIdentities::transposedMatrix);
    m.put("grouped convolution is a block-diagonal dense one", ConvolutionIdentities::blockDiagonal);
    m.put("adjoint: <dy, conv(x, w)> = <x, backwardData(dy, w)> = <w, backwardWeights(x, dy)>", ConvolutionIdentities::adjoint);
    m.put("dilation is a kernel with zeros between its taps (Yu and Koltun 2016)", ConvolutionIdentities::dilation);
    return m;
  }

  private static HostTensor integers(Samples s, Shape shape) {
    return s.integers(shape, -3, 3).to(DType.F32);
  }

  private static HostTensor run(Device d, dev.cardinal.op.Op op, HostTensor... in) {
    return SingleOp.run(d, op, in).get(0);
  }

  private static void equal(HostTensor expected, HostTensor actual, String what) {
    assertEquals(null, Tolerance.difference(expected, actual, 0), what);
  }

  /** Builds the matrix A of y = A x from the convolution of every unit vector; the transposed convolution of every unit vector must be A's rows. */
  private static void transposedMatrix(Device d) {
    for (int rank = 1; rank <= 3; rank++) {
      Samples s = new Samples(7, "transposed", rank, false);
      for (ConvGeometry g : List.of(ConvGeometry.of(rank, 2, 1, 1, 2), ConvGeometry.of(rank, 1, 0, 2, 1).withPadding(Spatial.all(rank, 2), Spatial.all(rank, 1)))) {
        int[] size = rank == 3 ? new int[] {4, 3, 4} : rank == 2 ? new int[] {5, 4} : new int[] {7};
        Shape x = Shape.of(1, 2, size);
        Shape w = Shape.of(4, 2 / g.groups(), Spatial.all(rank, 2).toArray());
        HostTensor weights = integers(s, w);
        Shape y = new Conv(g).infer(List.of(new TensorType(DType.F32, x), weights.type())).get(0).shape();
        int n = (int) x.size();
        int m = (int) y.size();
        // A batch of unit vectors gives all columns at once.
        HostTensor columns = run(d, new Conv(g), units(x), weights);
        HostTensor rows = run(d, new ConvBackwardData(g, Spatial.of(size)), units(y), weights);
        HostTensor transposed = HostTensor.generate(columns.type().with(rows.shape()), i -> columns.get(i % n * m + i / n));
        equal(transposed, rows, g.toString());
      }
    }
  }

  private static HostTensor units(Shape one) {
    int n = (int) one.size();
    return HostTensor.generate(new TensorType(DType.F32, one.with(0, n)), i -> i / n == i % n ? 1 : 0);
  }

  private static void blockDiagonal(Device d) {
    for (int rank = 1; rank <= 3; rank++) {
      Samples s = new Samples(11, "block diagonal", rank, false);
      int groups = 3;
      int in = 2;
      int out = rank;
      ConvGeometry g = ConvGeometry.of(rank, 2, 1, 1, groups);
      HostTensor x = integers(s, Shape.of(2, groups * in, Spatial.all(rank, 6).toArray()));
      HostTensor grouped = integers(s, Shape.of(groups * out, in, Spatial.all(rank, 3).toArray()));
      int taps = (int) grouped.shape().spatialSize();
      HostTensor dense = HostTensor.zeros(new TensorType(DType.F32, grouped.shape().with(1, groups * in)));
      for (int i = 0; i < grouped.size(); i++) {
        int o = i / (in * taps);
        int c = i / taps % in;
        dense.set((o * groups * in + o / out * in + c) * taps + i % taps, grouped.get(i));
      }
      HostTensor y = run(d, new Conv(g), x, grouped);
      equal(run(d, new Conv(g.withGroups(1)), x, dense), y, "forward, rank " + rank);
      HostTensor dy = integers(s, y.shape());
      Spatial size = Spatial.of(x.shape().spatial());
      equal(run(d, new ConvBackwardData(g.withGroups(1), size), dy, dense), run(d, new ConvBackwardData(g, size), dy, grouped), "backward data, rank " + rank);
      Spatial kernel = Spatial.of(grouped.shape().spatial());
      HostTensor denseWeights = run(d, new ConvBackwardWeights(g.withGroups(1), kernel), x, dy);
      HostTensor blocks = HostTensor.generate(grouped.type(), i -> {
        int o = i / (in * taps);
        return denseWeights.get((o * groups * in + o / out * in + i / taps % in) * taps + i % taps);
      });
      equal(blocks, run(d, new ConvBackwardWeights(g, kernel), x, dy), "backward weights, rank " + rank);
    }
  }

  private static void adjoint(Device d) {
    for (int i = 0; i < 30; i++) {
      Samples s = new Samples(13, "adjoint", i, true);
      ConvCases.Draw c = new ConvCases.Draw(s);
      HostTensor x = integers(s, c.x);
      HostTensor w = integers(s, c.w);
      HostTensor dy = integers(s, c.y);
      double y = ClosedForm.dot(dy, run(d, new Conv(c.geometry), x, w));
      assertEquals(y, ClosedForm.dot(x, run(d, new ConvBackwardData(c.geometry, Spatial.of(c.x.spatial())), dy, w)), "data: " + c.geometry + " on " + c.x + ", " + c.w);
      assertEquals(y, ClosedForm.dot(w, run(d, new ConvBackwardWeights(c.geometry, Spatial.of(c.w.spatial())), x, dy)), "weights: " + c.geometry + " on " + c.x + ", " + c.w);
    }
  }

  private static void dilation(Device d) {
    Samples s = new Samples(17, "dilation", 0, false);
    ConvGeometry g = ConvGeometry.of(2, 1, 2, 3, 2);
    HostTensor x = integers(s, Shape.of(2, 4, 9, 11));
    HostTensor w = integers(s, Shape.of(6, 2, 3, 3));
    HostTensor spread = HostTensor.zeros(TensorType.f32(6, 2, 7, 7));
    for (int i = 0; i < w.size(); i++) {
      spread.set(i / 9 * 49 + i / 3 % 3 * 21 + i % 3 * 3, w.get(i));
    }
    equal(run(d, new Conv(g.withDilation(1)), x, spread), run(d, new Conv(g), x, w), "dilated");
  }
}
