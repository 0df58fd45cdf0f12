package dev.cardinal.conformance;

import dev.cardinal.op.AdaptiveAvgPool;
import dev.cardinal.op.AdaptiveAvgPoolBackward;
import dev.cardinal.op.AvgPool;
import dev.cardinal.op.AvgPoolBackward;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.MaxPoolBackward;
import dev.cardinal.op.MaxUnpool;
import dev.cardinal.op.MaxUnpoolBackward;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Resize;
import dev.cardinal.op.ResizeBackward;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/** Cases of pooling, unpooling and resizing. */
final class PoolCases {
  private PoolCases() {}

  static void register(CaseTable table) {
    table.add(MaxPool.class, PoolCases::maxPool);
    table.add(MaxPoolBackward.class, PoolCases::maxPoolBackward);
    table.add(MaxUnpool.class, PoolCases::maxUnpool);
    table.add(MaxUnpoolBackward.class, PoolCases::maxUnpoolBackward);
    table.add(AvgPool.class, s -> {
      Windows d = new Windows(s, false);
      boolean count = s.coin();
      return OpCase.of(new AvgPool(d.geometry, count), d.average(count).forward(), s.uniform(d.x)).reducing(d.geometry.kernel().product());
    });
    table.add(AvgPoolBackward.class, s -> {
      Windows d = new Windows(s, false);
      boolean count = s.coin();
      return OpCase.of(new AvgPoolBackward(d.geometry, count, Spatial.of(d.x.spatial())), d.average(count).transposed(), s.uniform(d.y))
          .reducing(d.geometry.kernel().product());
    });
    table.add(AdaptiveAvgPool.class, s -> {
      Shape x = map(s, 1);
      Spatial out = s.index() % 4 == 0 ? Spatial.all(s.rank(), 1) : s.spatial(s.rank(), 1, 5);
      return OpCase.of(new AdaptiveAvgPool(out), adaptive(x, out).forward(), s.uniform(x)).reducing(x.spatialSize());
    });
    table.add(AdaptiveAvgPoolBackward.class, s -> {
      Shape x = map(s, 1);
      Spatial out = s.index() % 4 == 0 ? Spatial.all(s.rank(), 1) : s.spatial(s.rank(), 1, 5);
      HostTensor dy = s.uniform(Shape.of(x.dim(0), x.dim(1), out.toArray()));
      return OpCase.of(new AdaptiveAvgPoolBackward(Spatial.of(x.spatial())), adaptive(x, out).transposed(), dy).reducing(out.product());
    });
    table.add(Resize.class, s -> {
      Shape x = map(s, 1);
      Resize r = resize(s, x);
      return OpCase.of(r, resizing(r, x).forward(), s.uniform(x)).reducing(8);
    });
    table.add(ResizeBackward.class, s -> {
      Shape x = map(s, 1);
      Resize r = resize(s, x);
      HostTensor dy = s.uniform(Shape.of(x.dim(0), x.dim(1), r.size().toArray()));
      return OpCase.of(new ResizeBackward(r, Spatial.of(x.spatial())), resizing(r, x).transposed(), dy).reducing(64);
    });
  }

  private static Shape map(Samples s, int low) {
    return Shape.of(s.batch(), s.channels(), s.map(s.rank(), low).toArray());
  }

  /** A random pooling: overlapping, padded, ceil mode, dilated. */
  private static final class Windows {
    final PoolGeometry geometry;
    final Shape x;
    final Shape y;

    Windows(Samples s, boolean dilated) {
      int rank = s.rank();
      Spatial kernel = s.spatial(rank, 1, 3);
      Spatial dilation = dilated && s.coin() ? s.spatial(rank, 1, 2) : Spatial.all(rank, 1);
      int[] low = new int[rank];
      int[] high = new int[rank];
      int[] size = s.map(rank, 1).toArray();
      for (int a = 0; a < rank; a++) {
        int span = dilation.at(a) * (kernel.at(a) - 1) + 1;
        // As PyTorch and cuDNN have it: at most half the window.
        low[a] = s.between(0, kernel.at(a) / 2);
        high[a] = s.coin() ? low[a] : s.between(0, kernel.at(a) / 2);
        size[a] = Math.max(size[a], span);
      }
      geometry = new PoolGeometry(kernel, s.spatial(rank, 1, 3), Spatial.of(low), Spatial.of(high), dilation, s.index() / 3 % 2 == 1);
      x = Shape.of(s.batch(), s.channels(), size);
      y = Shape.of(x.dim(0), x.dim(1), geometry.outputSize(Spatial.of(size)).toArray());
    }

    /** Visits the positions of x under each window. */
    void windows(LinearForm.Entries visit) {
      Index.forEach(y, at -> {
        int[] p = new int[geometry.rank()];
        Index.forEach(geometry.kernel().toArray(), k -> {
          boolean inside = true;
          for (int a = 0; a < p.length && inside; a++) {
            p[a] = at[a + 2] * geometry.stride().at(a) - geometry.padLow().at(a) + k[a] * geometry.dilation().at(a);
            inside = p[a] >= 0 && p[a] < x.dim(a + 2);
          }
          if (inside) {
            visit.add(Index.of(y, at), Index.of(x, at[0], at[1], p), 1.0 / divisors(at, true));
          }
        });
      });
    }

    /** Elements of a window that count: those inside the input, or also those in the padding, never those beyond. */
    private int divisors(int[] at, boolean padding) {
      int n = 1;
      for (int a = 0; a < geometry.rank(); a++) {
        int first = at[a + 2] * geometry.stride().at(a) - geometry.padLow().at(a);
        int from = padding ? -geometry.padLow().at(a) : 0;
        int to = x.dim(a + 2) + (padding ? geometry.padHigh().at(a) : 0);
        int c = 0;
        for (int k = 0; k < geometry.kernel().at(a); k++) {
          int p = first + k * geometry.dilation().at(a);
          c += p >= from && p < to ? 1 : 0;
        }
        n *= c;
      }
      return n;
    }

    LinearForm average(boolean countPadding) {
      if (countPadding) {
        return new LinearForm(x, y, this::windows);
      }
      int[] inside = new int[(int) y.size()];
      windows((o, i, w) -> inside[o]++);
      return new LinearForm(x, y, e -> windows((o, i, w) -> e.add(o, i, 1.0 / inside[o])));
    }

    /** The index in the whole tensor of each window's first maximum. */
    int[] maxima(HostTensor v) {
      int[] best = new int[(int) y.size()];
      Arrays.fill(best, -1);
      windows((o, i, w) -> {
        boolean better = best[o] < 0 || v.get(i) > v.get(best[o]) || Double.isNaN(v.get(i)) && !Double.isNaN(v.get(best[o]));
        best[o] = better ? i : best[o];
      });
      return best;
    }

    HostTensor planeIndices(HostTensor v) {
      int plane = (int) x.spatialSize();
      int[] best = maxima(v);
      return HostTensor.generate(new TensorType(DType.I32, y), i -> best[i] % plane);
    }
  }

  private static OpCase maxPool(Samples s) {
    Windows d = new Windows(s, true);
    HostTensor x = s.distinct(d.x);
    ClosedForm form = in -> {
      int[] best = d.maxima(in.get(0));
      return List.of(HostTensor.generate(new TensorType(DType.F64, d.y), i -> in.get(0).get(best[i])), d.planeIndices(in.get(0)));
    };
    return OpCase.of(new MaxPool(d.geometry), form, x).outputs(0, 1);
  }

  private static OpCase maxPoolBackward(Samples s) {
    Windows d = new Windows(s, true);
    HostTensor indices = d.planeIndices(s.distinct(d.x));
    return OpCase.of(new MaxPoolBackward(d.geometry, Spatial.of(d.x.spatial())), gathering(d.x, indices).transposed(), s.uniform(d.y), indices)
        .reducing(d.geometry.kernel().product());
  }

  /** y[i] = x[indices[i]] in each channel's plane. */
  private static LinearForm gathering(Shape x, HostTensor indices) {
    int in = (int) x.spatialSize();
    int out = (int) indices.shape().spatialSize();
    return new LinearForm(x, indices.shape(), e -> {
      for (int i = 0; i < indices.size(); i++) {
        e.add(i, i / out * in + (int) indices.get(i), 1);
      }
    });
  }

  private static OpCase maxUnpool(Samples s) {
    Windows d = new Windows(s, true);
    HostTensor indices = d.planeIndices(s.distinct(d.x));
    int in = (int) d.x.spatialSize();
    int out = (int) d.y.spatialSize();
    ClosedForm form = a -> {
      HostTensor y = ClosedForm.zeros(d.x);
      for (int i = 0; i < indices.size(); i++) {
        y.set(i / out * in + (int) indices.get(i), a.get(0).get(i));
      }
      return List.of(y);
    };
    OpCase c = OpCase.of(new MaxUnpool(Spatial.of(d.x.spatial())), form, s.uniform(d.y), indices);
    // The gradient is defined where no index repeats.
    return repeats(indices) ? c.withoutGradient() : c;
  }

  private static boolean repeats(HostTensor indices) {
    int plane = (int) indices.shape().spatialSize();
    for (int p = 0; p < indices.size() / plane; p++) {
      if (Arrays.stream(indices.ints(), p * plane, (p + 1) * plane).distinct().count() < plane) {
        return true;
      }
    }
    return false;
  }

  private static OpCase maxUnpoolBackward(Samples s) {
    Windows d = new Windows(s, true);
    HostTensor indices = d.planeIndices(s.distinct(d.x));
    OpCase c = OpCase.of(new MaxUnpoolBackward(), gathering(d.x, indices).forward(), s.uniform(d.x), indices);
    return repeats(indices) ? c.withoutGradient() : c;
  }

  private static LinearForm adaptive(Shape x, Spatial out) {
    Shape y = Shape.of(x.dim(0), x.dim(1), out.toArray());
    return new LinearForm(x, y, e -> Index.forEach(y, at -> Index.forEach(x.spatial(), p -> {
      double weight = 1;
      for (int a = 0; a < p.length; a++) {
        int in = x.dim(a + 2);
        int from = (int) Math.floor((double) at[a + 2] * in / out.at(a));
        int to = (int) Math.ceil((double) (at[a + 2] + 1) * in / out.at(a));
        weight *= p[a] >= from && p[a] < to ? 1.0 / (to - from) : 0;
      }
      if (weight != 0) {
        e.add(Index.of(y, at), Index.of(x, at[0], at[1], p), weight);
      }
    })));
  }

  private static Resize resize(Samples s, Shape x) {
    int kind = s.index() / 3 % 4;
    Spatial size = s.spatial(s.rank(), 1, 9);
    if (kind == 3) {
      // The usual case: twice the size.
      size = Spatial.of(Arrays.stream(x.spatial()).map(v -> 2 * v).toArray());
    }
    return new Resize(kind == 0 || kind == 3 && s.coin() ? Resize.Mode.NEAREST : Resize.Mode.LINEAR, size, kind == 1);
  }

  private static LinearForm resizing(Resize r, Shape x) {
    Shape y = Shape.of(x.dim(0), x.dim(1), r.size().toArray());
    boolean linear = r.mode() == Resize.Mode.LINEAR;
    return new LinearForm(x, y, e -> Index.forEach(y, at -> Index.forEach(x.spatial(), p -> {
      double weight = 1;
      for (int a = 0; a < p.length && weight != 0; a++) {
        int in = x.dim(a + 2);
        int out = r.size().at(a);
        int o = at[a + 2];
        if (!linear) {
          weight *= p[a] == o * in / out ? 1 : 0;
          continue;
        }
        double from = r.alignCorners() ? (out == 1 ? 0 : o * (in - 1.0) / (out - 1)) : Math.max(0, (o + 0.5) * in / out - 0.5);
        // A tent around the position; beyond the border the border element takes what is left.
        double tent = Math.max(0, 1 - Math.abs(from - p[a]));
        weight *= p[a] == in - 1 && from > in - 1 ? 1 : tent;
      }
      if (weight != 0) {
        e.add(Index.of(y, at), Index.of(x, at[0], at[1], p), weight);
      }
    })));
  }
}
