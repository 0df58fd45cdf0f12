package dev.cardinal.conformance;

import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Reshape;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Cases of what moves, repeats or adds up elements. */
final class MovementCases {
  private MovementCases() {}

  static void register(CaseTable table) {
    table.add(BroadcastTo.class, MovementCases::broadcast);
    table.add(ChannelShuffle.class, MovementCases::shuffle);
    table.add(Concat.class, MovementCases::concat);
    table.add(Pad.class, s -> {
      Shape x = atLeastTwo(s);
      Pad op = pad(s, x, s.turn(Pad.Mode.values()));
      // A constant border is not linear: the map says where elements go, the constant fills what is left.
      ClosedForm moved = padding(op, x).forward();
      ClosedForm form = in -> {
        HostTensor y = moved.apply(in).get(0);
        Index.forEach(y.shape(), at -> {
          boolean border = IntStream.range(0, at.length).anyMatch(a -> at[a] < op.low().get(a) || at[a] >= op.low().get(a) + x.dim(a));
          if (border && op.mode() == Pad.Mode.CONSTANT) {
            y.set(Index.of(y.shape(), at), op.value());
          }
        });
        return List.of(y);
      };
      return OpCase.of(op, form, s.uniform(x));
    });
    table.add(PadBackward.class, s -> {
      Shape x = atLeastTwo(s);
      Pad op = pad(s, x, s.turn(Pad.Mode.REFLECT, Pad.Mode.EDGE));
      LinearForm map = padding(op, x);
      return OpCase.of(new PadBackward(op, x), map.transposed(), s.uniform(padded(op, x))).reducing(16);
    });
    table.add(Reduce.class, MovementCases::reduce);
    table.add(Reshape.class, s -> {
      Shape x = s.any();
      Shape y = Shape.of((int) x.size(), 1);
      return OpCase.of(new Reshape(y), in -> List.of(in.get(0).reshape(y.dims())), s.uniform(x));
    });
    table.add(Slice.class, s -> {
      Shape x = s.any();
      Slice op = slice(s, x);
      return OpCase.of(op, slicing(op, x).forward(), s.uniform(x));
    });
    table.add(SliceBackward.class, s -> {
      Shape x = s.any();
      Slice op = slice(s, x);
      return OpCase.of(new SliceBackward(op, x), slicing(op, x).transposed(), s.uniform(sliced(op, x)));
    });
    table.add(Transpose.class, s -> {
      Shape x = s.any();
      List<Integer> p = s.permutation(x.rank());
      Shape y = Shape.of(p.stream().mapToInt(x::dim).toArray());
      LinearForm map = new LinearForm(x, y, e -> Index.forEach(y, at -> {
        int[] from = new int[at.length];
        for (int a = 0; a < at.length; a++) {
          from[p.get(a)] = at[a];
        }
        e.add(Index.of(y, at), Index.of(x, from), 1);
      }));
      return OpCase.of(new Transpose(p), map.forward(), s.uniform(x));
    });
  }

  /** The linear index in a tensor of shape {@code from} that a position in what it broadcasts to reads. */
  static int broadcastIndex(Shape from, int[] at) {
    int[] p = new int[from.rank()];
    int extra = at.length - p.length;
    for (int a = 0; a < p.length; a++) {
      p[a] = from.dim(a) == 1 ? 0 : at[a + extra];
    }
    return Index.of(from, p);
  }

  private static OpCase broadcast(Samples s) {
    Shape to = s.any();
    Shape from = Shape.of(IntStream.of(to.dims()).map(d -> s.coin() ? 1 : d).toArray());
    LinearForm map = new LinearForm(from, to, e -> Index.forEach(to, at -> e.add(Index.of(to, at), broadcastIndex(from, at), 1)));
    return OpCase.of(new BroadcastTo(to), map.forward(), s.uniform(from));
  }

  private static OpCase shuffle(Samples s) {
    int groups = s.between(1, 4);
    int n = s.channels();
    Shape x = s.features().with(1, groups * n);
    LinearForm map = new LinearForm(x, x, e -> Index.forEach(x, at -> {
      int[] to = at.clone();
      // Input channel i n + j goes to output channel j groups + i.
      to[1] = at[1] % n * groups + at[1] / n;
      e.add(Index.of(x, to), Index.of(x, at), 1);
    }));
    return OpCase.of(new ChannelShuffle(groups), map.forward(), s.uniform(x));
  }

  private static OpCase concat(Samples s) {
    Shape x = s.features();
    int axis = s.index() % x.rank();
    int parts = s.between(1, 4);
    List<HostTensor> in = new ArrayList<>();
    int total = 0;
    for (int i = 0; i < parts; i++) {
      int size = s.channels();
      in.add(s.uniform(x.with(axis, size)));
      total += size;
    }
    Shape y = x.with(axis, total);
    ClosedForm form = a -> {
      HostTensor r = ClosedForm.zeros(y);
      Index.forEach(y, at -> {
        int[] p = at.clone();
        int part = 0;
        while (p[axis] >= a.get(part).shape().dim(axis)) {
          p[axis] -= a.get(part++).shape().dim(axis);
        }
        r.set(Index.of(y, at), a.get(part).get(Index.of(a.get(part).shape(), p)));
      });
      return List.of(r);
    };
    return OpCase.of(new Concat(s.coin() ? axis : axis - x.rank()), form, in.toArray(HostTensor[]::new)).wrt(IntStream.range(0, parts).boxed().toArray(Integer[]::new));
  }

  private static OpCase reduce(Samples s) {
    Shape x = s.any();
    List<Integer> axes = IntStream.range(0, x.rank()).filter(a -> s.coin()).boxed().toList();
    boolean keep = s.coin();
    Reduce.Kind kind = s.turn(Reduce.Kind.values());
    int[] kept = IntStream.range(0, x.rank()).map(a -> axes.contains(a) ? 1 : x.dim(a)).toArray();
    Shape full = Shape.of(kept);
    int[] dims = keep ? kept : IntStream.range(0, x.rank()).filter(a -> !axes.contains(a)).map(x::dim).toArray();
    double count = (double) x.size() / full.size();
    LinearForm map = new LinearForm(x, Shape.of(dims), e -> Index.forEach(x, at -> e.add(broadcastIndex(full, at), Index.of(x, at), kind == Reduce.Kind.MEAN ? 1 / count : 1)));
    return OpCase.of(new Reduce(kind, axes, keep), map.forward(), s.uniform(x)).reducing((long) count);
  }

  private static Shape atLeastTwo(Samples s) {
    return Shape.of(IntStream.of(s.any().dims()).map(d -> d + 1).toArray());
  }

  private static Pad pad(Samples s, Shape x, Pad.Mode mode) {
    List<Integer> low = IntStream.of(x.dims()).mapToObj(d -> s.between(0, Math.min(2, d - 1))).toList();
    List<Integer> high = IntStream.of(x.dims()).mapToObj(d -> s.between(0, Math.min(2, d - 1))).toList();
    return new Pad(low, high, mode, mode == Pad.Mode.CONSTANT ? s.pick(0.0, -1.5) : 0);
  }

  private static Shape padded(Pad op, Shape x) {
    return Shape.of(IntStream.range(0, x.rank()).map(a -> op.low().get(a) + x.dim(a) + op.high().get(a)).toArray());
  }

  private static LinearForm padding(Pad op, Shape x) {
    Shape y = padded(op, x);
    return new LinearForm(x, y, e -> Index.forEach(y, at -> {
      int[] p = new int[at.length];
      for (int a = 0; a < at.length; a++) {
        int i = at[a] - op.low().get(a);
        int last = x.dim(a) - 1;
        if (op.mode() == Pad.Mode.CONSTANT && (i < 0 || i > last)) {
          return;
        }
        p[a] = op.mode() == Pad.Mode.REFLECT ? last - Math.abs(last - Math.abs(i)) : Math.max(0, Math.min(last, i));
      }
      e.add(Index.of(y, at), Index.of(x, p), 1);
    }));
  }

  private static Slice slice(Samples s, Shape x) {
    List<Integer> begin = new ArrayList<>();
    List<Integer> end = new ArrayList<>();
    List<Integer> step = new ArrayList<>();
    for (int d : x.dims()) {
      int b = s.between(0, d - 1);
      begin.add(b);
      end.add(s.between(b + 1, d));
      step.add(s.between(1, 3));
    }
    return new Slice(begin, end, step);
  }

  private static Shape sliced(Slice op, Shape x) {
    return Shape.of(IntStream.range(0, x.rank()).map(a -> (int) IntStream.range(op.begin().get(a), op.end().get(a)).filter(i -> (i - op.begin().get(a)) % op.step().get(a) == 0).count())
        .toArray());
  }

  private static LinearForm slicing(Slice op, Shape x) {
    Shape y = sliced(op, x);
    return new LinearForm(x, y, e -> Index.forEach(y, at -> {
      int[] p = new int[at.length];
      for (int a = 0; a < at.length; a++) {
        p[a] = op.begin().get(a) + at[a] * op.step().get(a);
      }
      e.add(Index.of(y, at), Index.of(x, p), 1);
    }));
  }
}
