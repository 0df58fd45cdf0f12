package dev.cardinal.cpu.oracle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.conformance.Samples;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Random members of the convolution family, forward and both backwards, against PyTorch: 240 convolutions and 120 transposed ones, one third of each rank. */
class ConvolutionOracleTest {
  private static final int CONVOLUTIONS = 240;
  private static final int TRANSPOSED = 120;

  /** Sizes of a random configuration. PyTorch pads evenly only: uneven padding is a {@code constant_pad_nd} before. */
  private static final class Config {
    final Samples s;
    final int rank;
    final int groups;
    final int in;
    final int out;
    final Spatial kernel;
    final ConvGeometry geometry;
    final boolean even;

    Config(String what, int index, boolean transposed) {
      s = Torch.samples(what, index);
      rank = s.rank();
      int kind = index / 3 % 5;
      groups = kind == 0 ? 1 : kind == 1 ? s.between(2, 4) : kind == 2 ? s.between(2, 17) : kind == 3 ? s.pick(1, 2, 8) : s.between(3, 9);
      in = groups * (kind == 2 || kind == 4 ? 1 : s.pick(1, 2, 3, 8, 16));
      out = groups * (kind == 2 ? 1 : s.pick(1, 2, 4, 5, 16));
      kernel = kind == 3 && s.coin() ? Spatial.all(rank, 1) : s.spatial(rank, 1, rank == 3 ? 3 : 5);
      even = transposed || s.coin();
      Spatial low = s.spatial(rank, 0, 2);
      geometry = new ConvGeometry(s.spatial(rank, 1, 3), low, even ? low : s.spatial(rank, 0, 3), s.coin() ? Spatial.all(rank, 1) : s.spatial(rank, 1, 3), groups);
    }

    /** Spatial sizes that the kernel fits in. */
    Spatial map() {
      int[] m = new int[rank];
      for (int a = 0; a < rank; a++) {
        int least = Math.max(1, geometry.span(a, kernel.at(a)) - geometry.padLow().at(a) - geometry.padHigh().at(a));
        m[a] = s.between(least, least + (rank == 3 ? 4 : 9));
      }
      return Spatial.of(m);
    }

    HostTensor values(int first, int second, Spatial spatial) {
      return s.uniform(Shape.of(first, second, spatial.toArray())).to(DType.F32);
    }

    /** Low and high padding per axis, last axis first, as PyTorch lists it. */
    long[] explicitPadding() {
      long[] p = new long[2 * rank];
      for (int a = 0; a < rank; a++) {
        p[2 * (rank - 1 - a)] = geometry.padLow().at(a);
        p[2 * (rank - 1 - a) + 1] = geometry.padHigh().at(a);
      }
      return p;
    }

    @Override
    public String toString() {
      return geometry + ", kernel " + kernel + ", channels " + in + " to " + out;
    }
  }

  @Test
  void convolutions() {
    try (Torch.Engines engines = new Torch.Engines()) {
      for (int i = 0; i < CONVOLUTIONS; i++) {
        try (PointerScope scope = new PointerScope()) {
          convolution(engines, i);
        }
      }
    }
  }

  private static void convolution(Torch.Engines engines, int index) {
    Config c = new Config("conv", index, false);
    HostTensor x = c.values(c.s.batch(), c.in, c.map());
    HostTensor w = c.values(c.out, c.in / c.groups, c.kernel);
    HostTensor b = c.s.uniform(Shape.of(c.out)).to(DType.F32);
    Shape y = new Conv(c.geometry).infer(List.of(x.type(), w.type(), b.type())).get(0).shape();
    HostTensor dy = c.s.uniform(y).to(DType.F32);
    long[] zeros = new long[c.rank];
    Function<Tensor[], Tensor> f = t -> {
      Tensor padded = c.even ? t[0] : torch.constant_pad_nd(t[0], c.explicitPadding(), new Scalar(0.0));
      return torch.convolution(padded, t[1], new TensorOptional(t[2]), Torch.longs(c.geometry.stride()), c.even ? Torch.longs(c.geometry.padLow()) : zeros,
          Torch.longs(c.geometry.dilation()), false, zeros, c.groups);
    };
    List<HostTensor> expected = Torch.differentiate(f, dy, x, w, b);
    for (Device d : engines.devices) {
      String what = d.info().name() + ", case " + index + ": " + c + " on " + x.shape();
      long forward = w.size() / c.out;
      Torch.equal(expected.get(0), SingleOp.run(d, new Conv(c.geometry), x, w, b).get(0), forward, "forward, " + what);
      Torch.equal(expected.get(1), SingleOp.run(d, new ConvBackwardData(c.geometry, Spatial.of(x.shape().spatial())), dy, w).get(0), w.size(), "data, " + what);
      Torch.equal(expected.get(2), SingleOp.run(d, new ConvBackwardWeights(c.geometry, c.kernel), x, dy).get(0), y.size(), "weights, " + what);
    }
  }

  @Test
  void transposedConvolutions() {
    int withOutputPadding = 0;
    try (Torch.Engines engines = new Torch.Engines()) {
      for (int i = 0; i < TRANSPOSED; i++) {
        try (PointerScope scope = new PointerScope()) {
          withOutputPadding += transposed(engines, i) ? 1 : 0;
        }
      }
    }
    assertTrue(withOutputPadding >= TRANSPOSED / 4, "only " + withOutputPadding + " cases had output padding");
  }

  /** The forward operation is {@link ConvBackwardData}; its gradients are a convolution and the gradient of the weights. Returns whether there was output padding. */
  private static boolean transposed(Torch.Engines engines, int index) {
    Config c = new Config("transposed", index, true);
    int[] extra = new int[c.rank];
    int[] map = c.s.spatial(c.rank, 1, 6).toArray();
    for (int a = 0; a < c.rank; a++) {
      int stride = c.geometry.stride().at(a);
      extra[a] = c.s.between(0, stride - 1);
      // Large enough for an output of at least one element.
      while ((map[a] - 1) * stride - 2 * c.geometry.padLow().at(a) + c.geometry.span(a, c.kernel.at(a)) + extra[a] < 1) {
        map[a]++;
      }
    }
    Spatial in = Spatial.of(map);
    Spatial size = c.geometry.transposedOutputSize(in, c.kernel, Spatial.of(extra));
    HostTensor x = c.values(c.s.batch(), c.in, in);
    HostTensor w = c.values(c.in, c.out / c.groups, c.kernel);
    HostTensor b = c.s.uniform(Shape.of(c.out)).to(DType.F32);
    HostTensor dy = c.values(x.shape().dim(0), c.out, size);
    Function<Tensor[], Tensor> f = t -> torch.convolution(t[0], t[1], new TensorOptional(t[2]), Torch.longs(c.geometry.stride()), Torch.longs(c.geometry.padLow()),
        Torch.longs(c.geometry.dilation()), true, Torch.longs(Spatial.of(extra)), c.groups);
    List<HostTensor> expected = Torch.differentiate(f, dy, x, w, b);
    for (Device d : engines.devices) {
      String what = d.info().name() + ", case " + index + ": transposed " + c + ", output padding " + Spatial.of(extra) + " on " + x.shape();
      Torch.equal(expected.get(0), SingleOp.run(d, new ConvBackwardData(c.geometry, size), x, w, b).get(0), w.size(), "forward, " + what);
      Torch.equal(expected.get(1), SingleOp.run(d, new Conv(c.geometry), dy, w).get(0), w.size(), "data, " + what);
      Torch.equal(expected.get(2), SingleOp.run(d, new ConvBackwardWeights(c.geometry, c.kernel), dy, x).get(0), x.size(), "weights, " + what);
    }
    return !Spatial.of(extra).isAll(0);
  }
}
