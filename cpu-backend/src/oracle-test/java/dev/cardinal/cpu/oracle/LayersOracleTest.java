package dev.cardinal.cpu.oracle;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.conformance.Samples;
import dev.cardinal.op.Activation;
import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.BatchNormTraining;
import dev.cardinal.op.BinaryCrossEntropy;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.CrossEntropy;
import dev.cardinal.op.Lrn;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.Op;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Resize;
import dev.cardinal.op.Softmax;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LocalResponseNormOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** The other layers, forward and, through {@link VectorJacobian}, backward, against PyTorch. */
class LayersOracleTest {
  private static final int CASES = 30;

  /** One case: an operation on inputs, of which the first {@code differentiable} take gradients in PyTorch, which computes the same by {@code torch}. */
  private record Case(Op op, List<HostTensor> inputs, int differentiable, Function<Tensor[], Tensor> torch) {}

  private static void check(String name, Function<Samples, Case> generator) {
    try (Torch.Engines engines = new Torch.Engines()) {
      for (int i = 0; i < CASES; i++) {
        try (PointerScope scope = new PointerScope()) {
          Samples s = Torch.samples(name, i);
          Case c = generator.apply(s);
          HostTensor[] in = c.inputs.stream().map(t -> t.dtype().isFloating() ? t.to(DType.F32) : t).toArray(HostTensor[]::new);
          Shape y = c.op.infer(Arrays.stream(in).map(HostTensor::type).toList()).get(0).shape();
          HostTensor dy = s.uniform(y).to(DType.F32);
          List<HostTensor> expected = Torch.differentiate(c.torch, dy, Arrays.copyOf(in, c.differentiable));
          for (Device d : engines.devices) {
            String what = d.info().name() + ", case " + i + ": " + c.op + " on " + c.inputs.stream().map(HostTensor::shape).toList();
            List<HostTensor> actual = VectorJacobian.run(d, c.op, dy, c.differentiable, in);
            for (int k = 0; k < actual.size(); k++) {
              Torch.equal(expected.get(k), actual.get(k), in[0].size(), (k == 0 ? "y, " : "gradient " + (k - 1) + ", ") + what);
            }
          }
        }
      }
    }
  }

  private static Shape map(Samples s, int rank, int low) {
    return Shape.of(s.batch(), s.pick(1, 2, 3, 8, 17), s.spatial(rank, low, low + (rank == 3 ? 4 : 9)).toArray());
  }

  @Test
  void activations() {
    check("activation", s -> {
      Activation.Kind k = s.turn(Activation.Kind.values());
      double alpha = k == Activation.Kind.LEAKY_RELU ? 0.2 : 0;
      return new Case(new Activation(k, alpha), List.of(s.uniform(map(s, 2, 1), -8, 8)), 1, t -> switch (k) {
        case IDENTITY -> t[0].mul(new Scalar(1.0));
        case RELU -> torch.relu(t[0]);
        case RELU6 -> torch.hardtanh(t[0], new Scalar(0.0), new Scalar(6.0));
        case LEAKY_RELU -> torch.leaky_relu(t[0], new Scalar(alpha));
        case SIGMOID -> torch.sigmoid(t[0]);
        case TANH -> t[0].tanh();
        case HARD_SWISH -> torch.hardswish(t[0]);
      });
    });
  }

  private static PoolGeometry window(Samples s, boolean dilated, int rank) {
    Spatial kernel = s.spatial(rank, 1, 4);
    int[] pad = Arrays.stream(kernel.toArray()).map(k -> s.between(0, k / 2)).toArray();
    Spatial dilation = dilated && s.coin() ? s.spatial(rank, 1, 2) : Spatial.all(rank, 1);
    return new PoolGeometry(kernel, s.spatial(rank, 1, 3), Spatial.of(pad), Spatial.of(pad), dilation, s.coin());
  }

  @Test
  void maxPooling() {
    check("max pool", s -> {
      int rank = s.rank();
      PoolGeometry g = window(s, true, rank);
      long[] k = Torch.longs(g.kernel());
      long[] st = Torch.longs(g.stride());
      long[] p = Torch.longs(g.padLow());
      long[] d = Torch.longs(g.dilation());
      return new Case(new MaxPool(g), List.of(s.distinct(map(s, rank, 7))), 1, t -> switch (rank) {
        case 1 -> torch.max_pool1d_with_indices(t[0], k, st, p, d, g.ceil()).get0();
        case 2 -> torch.max_pool2d_with_indices(t[0], k, st, p, d, g.ceil()).get0();
        default -> torch.max_pool3d_with_indices(t[0], k, st, p, d, g.ceil()).get0();
      });
    });
  }

  @Test
  void averagePooling() {
    check("average pool", s -> {
      int rank = s.rank();
      PoolGeometry g = window(s, false, rank);
      boolean count = s.coin();
      long[] k = Torch.longs(g.kernel());
      long[] st = Torch.longs(g.stride());
      long[] p = Torch.longs(g.padLow());
      return new Case(new AvgPool(g, count), List.of(s.uniform(map(s, rank, 4))), 1, t -> switch (rank) {
        case 1 -> torch.avg_pool1d(t[0], k, st, p, g.ceil(), count);
        case 2 -> torch.avg_pool2d(t[0], k, st, p, g.ceil(), count, new LongOptional());
        default -> torch.avg_pool3d(t[0], k, st, p, g.ceil(), count, new LongOptional());
      });
    });
  }

  @Test
  void adaptivePooling() {
    check("adaptive pool", s -> {
      int rank = s.rank();
      Spatial out = s.spatial(rank, 1, 6);
      long[] o = Torch.longs(out);
      return new Case(new AdaptiveAvgPool(out), List.of(s.uniform(map(s, rank, 1))), 1, t -> switch (rank) {
        case 1 -> torch.adaptive_avg_pool1d(t[0], o);
        case 2 -> torch.adaptive_avg_pool2d(t[0], o);
        default -> torch.adaptive_avg_pool3d(t[0], o);
      });
    });
  }

  @Test
  void resizing() {
    check("resize", s -> {
      int rank = s.rank();
      Spatial size = s.spatial(rank, 1, 12);
      long[] o = Torch.longs(size);
      boolean nearest = s.coin();
      boolean corners = !nearest && s.coin();
      return new Case(new Resize(nearest ? Resize.Mode.NEAREST : Resize.Mode.LINEAR, size, corners), List.of(s.uniform(map(s, rank, 1))), 1, t -> switch (rank) {
        case 1 -> nearest ? torch.upsample_nearest1d(t[0], o) : torch.upsample_linear1d(t[0], o, corners);
        case 2 -> nearest ? torch.upsample_nearest2d(t[0], o) : torch.upsample_bilinear2d(t[0], o, corners);
        default -> nearest ? torch.upsample_nearest3d(t[0], o) : torch.upsample_trilinear3d(t[0], o, corners);
      });
    });
  }

  /** With odd windows: PyTorch's even ones begin one channel earlier than those of ONNX and cuDNN, which Cardinal follows. */
  @Test
  void responseNormalisation() {
    check("lrn", s -> {
      Lrn op = new Lrn(2 * s.between(0, 3) + 1, s.real(0.1, 2), s.pick(0.5, 0.75), s.pick(1.0, 2.0), 1);
      LocalResponseNormOptions o = new LocalResponseNormOptions(op.size());
      o.alpha().put(op.alpha());
      o.beta().put(op.beta());
      o.k().put(op.k());
      return new Case(op, List.of(s.uniform(map(s, s.rank(), 1), -3, 3)), 1, t -> torch.local_response_norm(t[0], o));
    });
  }

  @Test
  void batchNormalisation() {
    check("batch norm", s -> {
      Shape x = map(s, s.rank(), 2);
      Shape c = Shape.of(x.dim(1));
      HostTensor mean = s.uniform(c).to(DType.F32);
      HostTensor variance = s.uniform(c, 0.5, 2).to(DType.F32);
      return new Case(new BatchNormTraining(1e-5, 0.1), List.of(s.uniform(x, -2, 3), s.uniform(c, 0.5, 2), s.uniform(c), mean, variance), 3,
          t -> torch.batch_norm(t[0], new TensorOptional(t[1]), new TensorOptional(t[2]), new TensorOptional(Torch.of(mean)), new TensorOptional(Torch.of(variance)), true, 0.1, 1e-5,
              false));
    });
  }

  /** PyTorch's running statistics, which its graph does not return. */
  @Test
  void runningStatistics() {
    try (Torch.Engines engines = new Torch.Engines()) {
      for (int i = 0; i < CASES; i++) {
        try (PointerScope scope = new PointerScope()) {
          Samples s = Torch.samples("running", i);
          Shape x = map(s, s.rank(), 2);
          Shape c = Shape.of(x.dim(1));
          double momentum = s.real(0, 1);
          HostTensor[] in = {s.uniform(x, -2, 3).to(DType.F32), s.uniform(c).to(DType.F32), s.uniform(c).to(DType.F32), s.uniform(c).to(DType.F32), s.uniform(c, 0.5, 2).to(DType.F32)};
          Tensor mean = Torch.of(in[3]);
          Tensor variance = Torch.of(in[4]);
          torch.batch_norm(Torch.of(in[0]), new TensorOptional(Torch.of(in[1])), new TensorOptional(Torch.of(in[2])), new TensorOptional(mean), new TensorOptional(variance), true,
              momentum, 1e-5, false);
          for (Device d : engines.devices) {
            List<HostTensor> out = SingleOp.run(d, new BatchNormTraining(1e-5, momentum), in);
            Torch.equal(Torch.host(mean), out.get(1), x.size(), "running mean, " + d.info().name() + " on " + x);
            Torch.equal(Torch.host(variance), out.get(2), x.size(), "running variance, " + d.info().name() + " on " + x);
          }
        }
      }
    }
  }

  @Test
  void crossEntropy() {
    check("cross entropy", s -> {
      int rank = s.turn(0, 1, 2);
      Shape x = Shape.of(s.between(2, 5), s.between(2, 11), s.spatial(rank, 1, 6).toArray());
      List<Integer> dims = new ArrayList<>();
      for (int a = 0; a < x.rank(); a++) {
        if (a != 1) {
          dims.add(x.dim(a));
        }
      }
      HostTensor labels = s.labels(Shape.of(dims.stream().mapToInt(Integer::intValue).toArray()), 0, x.dim(1) - 1);
      for (int i = 1; i < labels.size(); i += s.turn(3, 100)) {
        labels.set(i, -100);
      }
      double smoothing = s.pick(0.0, 0.1, 0.3);
      Tensor target = Torch.of(labels);
      return new Case(new CrossEntropy(smoothing, -100), List.of(s.uniform(x, -5, 5), labels), 1,
          t -> torch.cross_entropy_loss(t[0], target, new TensorOptional(), 1, -100, smoothing));
    });
  }

  @Test
  void binaryCrossEntropy() {
    check("binary cross entropy", s -> {
      Shape x = map(s, s.rank(), 1);
      HostTensor targets = s.uniform(x, 0, 1).to(DType.F32);
      Tensor target = Torch.of(targets);
      return new Case(new BinaryCrossEntropy(), List.of(s.uniform(x, -9, 9), targets), 1, t -> torch.binary_cross_entropy_with_logits(t[0], target));
    });
  }

  @Test
  void softmax() {
    check("softmax", s -> {
      Shape x = map(s, s.rank(), 1);
      int axis = s.between(0, x.rank() - 1);
      boolean log = s.coin();
      return new Case(new Softmax(axis, log), List.of(s.uniform(x, -5, 5)), 1, t -> log ? torch.log_softmax(t[0], axis) : torch.softmax(t[0], axis));
    });
  }

  @Test
  void channelShuffle() {
    check("shuffle", s -> {
      int groups = s.between(1, 5);
      Shape x = map(s, 2, 1).with(1, groups * s.between(1, 4));
      // The framework's own shuffle has no gradient on every platform; its definition has.
      return new Case(new ChannelShuffle(groups), List.of(s.uniform(x)), 1, t -> t[0].reshape(x.dim(0), groups, x.dim(1) / groups, x.dim(2), x.dim(3)).transpose(1, 2)
          .reshape(x.dim(0), x.dim(1), x.dim(2), x.dim(3)));
    });
  }

  @Test
  void padding() {
    check("pad", s -> {
      Pad.Mode mode = s.turn(Pad.Mode.values());
      Shape x = map(s, 2, 4);
      int[] p = {s.between(0, 3), s.between(0, 3), s.between(0, 3), s.between(0, 3)};
      long[] list = {p[0], p[1], p[2], p[3]};
      double value = mode == Pad.Mode.CONSTANT ? -1.5 : 0;
      return new Case(new Pad(List.of(0, 0, p[2], p[0]), List.of(0, 0, p[3], p[1]), mode, value), List.of(s.uniform(x)), 1, t -> switch (mode) {
        case CONSTANT -> torch.constant_pad_nd(t[0], list, new Scalar(value));
        case REFLECT -> torch.reflection_pad2d(t[0], list);
        case EDGE -> torch.replication_pad2d(t[0], list);
      });
    });
  }
}
