package dev.cardinal.conformance;

import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Cases of the convolution family, the linear layer and the matrix product. */
final class ConvCases {
  private static final Activation.Kind[] FUSED = {
    Activation.Kind.IDENTITY, Activation.Kind.RELU, Activation.Kind.IDENTITY, Activation.Kind.RELU6, Activation.Kind.SIGMOID, Activation.Kind.IDENTITY, Activation.Kind.TANH
  };

  private ConvCases() {}

  static void register(CaseTable table) {
    table.add(Conv.class, s -> new Draw(s).forward());
    table.add(ConvBackwardData.class, s -> new Draw(s).backwardData());
    table.add(ConvBackwardWeights.class, s -> new Draw(s).backwardWeights());
    table.add(Linear.class, ConvCases::linear);
    table.add(MatMul.class, ConvCases::matMul);
  }

  /** Takes the index of an element of x, of the weights and of y that are multiplied and added. */
  @FunctionalInterface
  interface Triples {
    void accept(int x, int w, int y);
  }

  /** The definition of grouped convolution: every triple of elements that meet in it. All three operations of the family are sums over these. */
  static void meet(ConvGeometry g, Shape x, Shape w, Shape y, Triples t) {
    int perGroup = w.dim(0) / g.groups();
    Index.forEach(y, at -> {
      int group = at[1] / perGroup;
      int[] p = new int[g.rank()];
      Index.forEach(Shape.of(w.dim(1), 1, w.spatial()), k -> {
        boolean inside = true;
        for (int a = 0; a < p.length && inside; a++) {
          p[a] = at[a + 2] * g.stride().at(a) - g.padLow().at(a) + k[a + 2] * g.dilation().at(a);
          inside = p[a] >= 0 && p[a] < x.dim(a + 2);
        }
        if (inside) {
          int[] tap = java.util.Arrays.copyOfRange(k, 2, k.length);
          t.accept(Index.of(x, at[0], group * w.dim(1) + k[0], p), Index.of(w, at[1], k[0], tap), Index.of(y, at));
        }
      });
    });
  }

  /** One random member of the family. */
  static final class Draw {
    final Samples s;
    final ConvGeometry geometry;
    final Shape x;
    final Shape w;
    final Shape y;

    Draw(Samples s) {
      this.s = s;
      int rank = s.rank();
      // Dense, grouped, depthwise, depthwise with a channel multiplier, and pointwise in turn, whatever the rank.
      int kind = s.index() / 3 % 5;
      int groups = kind == 0 || kind == 4 && s.coin() ? 1 : kind == 1 || kind == 4 ? s.between(2, 4) : s.channels() + 1;
      int inPerGroup = kind == 2 || kind == 3 ? 1 : s.channels();
      int outPerGroup = kind == 2 ? 1 : kind == 3 ? s.between(2, 3) : s.channels();
      Spatial kernel = kind == 4 ? Spatial.all(rank, 1) : s.spatial(rank, 1, rank == 3 ? 3 : 4);
      boolean plain = kind == 4 && s.coin();
      Spatial one = Spatial.all(rank, 1);
      Spatial none = Spatial.all(rank, 0);
      Spatial stride = plain ? one : s.spatial(rank, 1, 3);
      Spatial dilation = s.coin() ? one : s.spatial(rank, 1, 3);
      Spatial low = plain ? none : s.spatial(rank, 0, 2);
      Spatial high = s.coin() ? low : plain ? none : s.spatial(rank, 0, 2);
      geometry = new ConvGeometry(stride, low, high, dilation, groups);
      // Tiny maps now and then, where whole windows lie in the padding.
      int[] map = (s.between(0, 2) == 0 ? s.spatial(rank, 1, 3) : s.map(rank, 1)).toArray();
      for (int a = 0; a < rank; a++) {
        map[a] = Math.max(map[a], geometry.span(a, kernel.at(a)) - low.at(a) - high.at(a));
      }
      x = Shape.of(s.batch(), groups * inPerGroup, map);
      w = Shape.of(groups * outPerGroup, inPerGroup, kernel.toArray());
      y = Shape.of(x.dim(0), w.dim(0), geometry.outputSize(Spatial.of(map), kernel).toArray());
    }

    private static ClosedForm biased(boolean bias, Activation.Kind kind, ClosedForm form) {
      DoubleUnaryOperator f = ActivationForms.function(kind, 0);
      return in -> {
        HostTensor r = form.apply(in).get(0);
        Index.forEach(r.shape(), at -> {
          int i = Index.of(r.shape(), at);
          r.set(i, f.applyAsDouble(r.get(i) + (bias ? in.get(2).get(at[1]) : 0)));
        });
        return List.of(r);
      };
    }

    private OpCase ofCase(Op op, ClosedForm form, Shape first, long reduction, int channels, boolean bias) {
      List<HostTensor> in = new ArrayList<>(List.of(s.uniform(first), s.uniform(w)));
      if (bias) {
        in.add(s.uniform(Shape.of(channels)));
      }
      OpCase c = OpCase.of(op, form, in.toArray(HostTensor[]::new)).reducing(reduction);
      return bias ? c.wrt(0, 1, 2) : c.wrt(0, 1);
    }

    OpCase forward() {
      Activation.Kind kind = s.turn(FUSED);
      boolean bias = s.coin();
      ClosedForm plain = in -> {
        HostTensor r = ClosedForm.zeros(y);
        meet(geometry, x, w, y, (i, j, k) -> r.set(k, r.get(k) + in.get(0).get(i) * in.get(1).get(j)));
        return List.of(r);
      };
      return ofCase(new Conv(geometry, kind), biased(bias, kind, plain), x, w.size() / w.dim(0), w.dim(0), bias);
    }

    OpCase backwardData() {
      Activation.Kind kind = s.turn(FUSED);
      boolean bias = s.coin();
      ClosedForm plain = in -> {
        HostTensor r = ClosedForm.zeros(x);
        meet(geometry, x, w, y, (i, j, k) -> r.set(i, r.get(i) + in.get(0).get(k) * in.get(1).get(j)));
        return List.of(r);
      };
      Op op = new ConvBackwardData(geometry, Spatial.of(x.spatial()), kind);
      return ofCase(op, biased(bias, kind, plain), y, w.size() / w.dim(1), x.dim(1), bias);
    }

    OpCase backwardWeights() {
      ClosedForm form = in -> {
        HostTensor r = ClosedForm.zeros(w);
        meet(geometry, x, w, y, (i, j, k) -> r.set(j, r.get(j) + in.get(0).get(i) * in.get(1).get(k)));
        return List.of(r);
      };
      return OpCase.of(new ConvBackwardWeights(geometry, Spatial.of(w.spatial())), form, s.uniform(x), s.uniform(y)).reducing(y.dim(0) * y.spatialSize()).wrt(0, 1);
    }
  }

  private static OpCase linear(Samples s) {
    Activation.Kind kind = s.turn(FUSED);
    int n = s.batch();
    int in = s.channels() * 3;
    int out = s.channels();
    boolean bias = s.coin();
    ClosedForm form = a -> List.of(HostTensor.generate(new TensorType(DType.F64, Shape.of(n, out)), i -> {
      double sum = bias ? a.get(2).get(i % out) : 0;
      for (int k = 0; k < in; k++) {
        sum += a.get(0).get(i / out * in + k) * a.get(1).get(i % out * in + k);
      }
      return ActivationForms.function(kind, 0).applyAsDouble(sum);
    }));
    HostTensor x = s.uniform(Shape.of(n, in));
    HostTensor w = s.uniform(Shape.of(out, in));
    OpCase c = bias ? OpCase.of(new Linear(kind), form, x, w, s.uniform(Shape.of(out))).wrt(0, 1, 2) : OpCase.of(new Linear(kind), form, x, w).wrt(0, 1);
    return c.reducing(in);
  }

  private static OpCase matMul(Samples s) {
    boolean ta = s.index() % 2 == 1;
    boolean tb = s.index() / 2 % 2 == 1;
    int m = s.channels();
    int k = s.channels() + 1;
    int n = s.channels();
    ClosedForm form = in -> List.of(HostTensor.generate(new TensorType(DType.F64, Shape.of(m, n)), i -> {
      double sum = 0;
      for (int j = 0; j < k; j++) {
        sum += in.get(0).get(ta ? j * m + i / n : i / n * k + j) * in.get(1).get(tb ? i % n * k + j : j * n + i % n);
      }
      return sum;
    }));
    return OpCase.of(new MatMul(ta, tb), form, s.uniform(ta ? Shape.of(k, m) : Shape.of(m, k)), s.uniform(tb ? Shape.of(n, k) : Shape.of(k, n))).reducing(k).wrt(0, 1);
  }
}
