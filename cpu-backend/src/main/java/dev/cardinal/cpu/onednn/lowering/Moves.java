package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.backend.UnsupportedOnDeviceException;
import dev.cardinal.cpu.onednn.binding.MemoryDesc;
import dev.cardinal.cpu.onednn.binding.NativeMemory;
import dev.cardinal.cpu.onednn.kernel.Gather;
import dev.cardinal.cpu.onednn.kernel.PadKernels;
import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.cpu.onednn.plan.Order;
import dev.cardinal.cpu.onednn.plan.Tensor;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.ChannelShuffle;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Pad;
import dev.cardinal.op.PadBackward;
import dev.cardinal.op.Slice;
import dev.cardinal.op.SliceBackward;
import dev.cardinal.op.Transpose;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.List;

/** Operations that only move elements: as reorders between boxes where oneDNN can (float32 without gaps), else by gathering. */
final class Moves {
  /** Bytes that one thread clears in no more time than it takes to wake another. */
  private static final long PIECE = 1 << 16;

  private Moves() {}

  private static int words(Node n, TensorType t) {
    int bytes = t.dtype().bytes();
    if (bytes % Integer.BYTES != 0) {
      throw new UnsupportedOnDeviceException(n.name() + ": the cpu device moves elements of 4 or 8 bytes, got " + t + "; cast it to f32 first or use cpu:reference");
    }
    return bytes / Integer.BYTES;
  }

  private static Order order(Build b, Value v) {
    return v.type().dtype().bytes() == Float.BYTES ? b.order(v) : Order.PLAIN;
  }

  /** Fills the output from the input by the source index of each index of each logical axis. */
  private static void gather(Node n, Build b, Tensor x, Tensor y, int[][] sources, int constant, String detail) {
    int words = words(n, x.type());
    int[] axes = Tensor.physicalAxes(y.dims().length, y.order());
    int rank = axes.length + (words == 1 ? 0 : 1);
    long[] dims = new long[rank];
    long[] targets = new long[rank];
    long[] from = new long[rank];
    int[][] maps = new int[rank][];
    long[] yStrides = y.strides();
    long[] xStrides = x.strides();
    for (int i = 0; i < axes.length; i++) {
      dims[i] = y.dims()[axes[i]];
      targets[i] = yStrides[axes[i]] * words;
      from[i] = xStrides[axes[i]] * words;
      maps[i] = sources[axes[i]];
    }
    if (words > 1) {
      dims[rank - 1] = words;
      targets[rank - 1] = 1;
      from[rank - 1] = 1;
      maps[rank - 1] = Gather.identity(words);
    }
    b.step(detail, List.of(x.slot()), List.of(y.slot()), () -> new Gather(dims, 0, targets, maps, from, constant).bind(b.workers(), x.ints(), y.ints()));
  }

  private static int[][] identities(Shape s) {
    int[][] m = new int[Math.max(1, s.rank())][];
    m[0] = new int[1];
    for (int i = 0; i < s.rank(); i++) {
      m[i] = Gather.identity(s.dim(i));
    }
    return m;
  }

  static void broadcast(Node n, Build b) {
    Shape s = ((BroadcastTo) n.op()).shape();
    Order o = order(b, n.input(0));
    Tensor x = b.in(n.input(0), o);
    int[][] maps = identities(s);
    for (int i = 0; i < s.rank(); i++) {
      if (x.shape().dim(i) == 1) {
        maps[i] = new int[s.dim(i)];
      }
    }
    gather(n, b, x, b.out(n.output(0), o), maps, 0, "broadcast");
  }

  static void pad(Node n, Build b) {
    Pad op = (Pad) n.op();
    Order o = order(b, n.input(0));
    Tensor x = b.in(n.input(0), o);
    Tensor y = b.out(n.output(0), o);
    int[][] maps = identities(y.shape());
    for (int i = 0; i < y.shape().rank(); i++) {
      for (int p = 0; p < maps[i].length; p++) {
        maps[i][p] = op.source(i, p, x.shape().dim(i));
      }
    }
    DType type = x.type().dtype();
    if (words(n, x.type()) > 1 && op.value() != 0 && op.mode() == Pad.Mode.CONSTANT) {
      throw new UnsupportedOnDeviceException(n.name() + ": the cpu device pads " + type + " with 0 only, got " + op.value() + "; use cpu:reference");
    }
    gather(n, b, x, y, maps, type == DType.F32 ? Float.floatToRawIntBits((float) op.value()) : (int) op.value(), "pad");
  }

  static void padBackward(Node n, Build b) {
    PadBackward op = (PadBackward) n.op();
    Tensor dy = b.in(n.input(0), Order.PLAIN);
    Tensor dx = b.out(n.output(0), Order.PLAIN);
    b.step("pad gradient", List.of(dy.slot()), List.of(dx.slot()), () -> PadKernels.backward(b.workers(), op.forward(), op.input(), dy.shape(), dy.floats(), dx.floats()));
  }

  static void slice(Node n, Build b) {
    if (Rectifiers.slice(n, b)) {
      return;
    }
    Slice op = (Slice) n.op();
    Order o = order(b, n.input(0));
    Tensor x = b.in(n.input(0), o);
    Tensor y = b.out(n.output(0), o);
    boolean dense = op.step().stream().allMatch(s -> s == 1);
    if (dense && x.type().dtype() == DType.F32 && y.size() > 0 && y.shape().rank() > 0) {
      MemoryDesc box = b.own(MemoryDesc.box(b.describe(x), y.dims(), op.begin().stream().mapToLong(Integer::longValue).toArray()));
      b.copyBox(box, x.slot(), b.describe(y), y.slot());
      return;
    }
    int[][] maps = identities(y.shape());
    for (int i = 0; i < y.shape().rank(); i++) {
      for (int p = 0; p < maps[i].length; p++) {
        maps[i][p] = op.begin().get(i) + p * op.step().get(i);
      }
    }
    gather(n, b, x, y, maps, 0, "slice");
  }

  static void sliceBackward(Node n, Build b) {
    Slice op = ((SliceBackward) n.op()).forward();
    Order o = order(b, n.input(0));
    Tensor dy = b.in(n.input(0), o);
    Tensor dx = b.out(n.output(0), o);
    boolean dense = op.step().stream().allMatch(s -> s == 1);
    if (dense && dx.type().dtype() == DType.F32 && dy.size() > 0 && dy.shape().rank() > 0) {
      zeros(b, dx);
      b.copyBox(b.describe(dy), dy.slot(), b.own(MemoryDesc.box(b.describe(dx), dy.dims(), op.begin().stream().mapToLong(Integer::longValue).toArray())), dx.slot());
      return;
    }
    int[][] maps = identities(dx.shape());
    for (int i = 0; i < dx.shape().rank(); i++) {
      for (int p = 0; p < maps[i].length; p++) {
        int q = p - op.begin().get(i);
        boolean hit = q >= 0 && p < op.end().get(i) && q % op.step().get(i) == 0;
        maps[i][p] = hit ? q / op.step().get(i) : -1;
      }
    }
    gather(n, b, dy, dx, maps, 0, "slice gradient");
  }

  private static void zeros(Build b, Tensor t) {
    long bytes = t.bytes();
    b.step("zeros", List.of(), List.of(t.slot()), () -> {
      long address = t.slot().address();
      int tasks = (int) Math.min(b.workers().threads(), (bytes + PIECE - 1) / PIECE);
      return () -> b.workers().run(tasks, (task, worker) -> {
        long from = bytes * task / tasks;
        NativeMemory.zero(address + from, bytes * (task + 1) / tasks - from);
      });
    });
  }

  static void concat(Node n, Build b) {
    int rank = n.output(0).type().shape().rank();
    int given = ((Concat) n.op()).axis();
    int axis = given < 0 ? given + rank : given;
    boolean last = n.inputs().stream().anyMatch(v -> order(b, v) == Order.CHANNELS_LAST && !Tensor.orderless(v.type().shape()));
    Order o = last ? Order.CHANNELS_LAST : Order.PLAIN;
    Tensor y = b.out(n.output(0), o);
    boolean floats = y.type().dtype() == DType.F32;
    int words = words(n, y.type());
    long at = 0;
    for (Value v : n.inputs()) {
      Tensor x = b.in(v, o);
      if (x.size() > 0 && floats) {
        long[] begin = new long[rank];
        begin[axis] = at;
        b.copyBox(b.describe(x), x.slot(), b.own(MemoryDesc.box(b.describe(y), x.dims(), begin)), y.slot());
      } else if (x.size() > 0) {
        long base = at * y.strides()[axis] * words;
        box(b, x, y, base, words);
      }
      at += x.shape().dim(axis);
    }
  }

  /** Copies a row-major tensor of any element type into a box of another. */
  private static void box(Build b, Tensor x, Tensor y, long base, int words) {
    int rank = x.shape().rank() + 1;
    long[] dims = new long[rank];
    long[] targets = new long[rank];
    long[] from = new long[rank];
    int[][] maps = new int[rank][];
    for (int i = 0; i < rank; i++) {
      boolean word = i == rank - 1;
      dims[i] = word ? words : x.dims()[i];
      targets[i] = word ? 1 : y.strides()[i] * words;
      from[i] = word ? 1 : x.strides()[i] * words;
      maps[i] = Gather.identity((int) dims[i]);
    }
    b.step("concatenate", List.of(x.slot()), List.of(y.slot()), () -> new Gather(dims, base, targets, maps, from, 0).bind(b.workers(), x.ints(), y.ints()));
  }

  static void transpose(Node n, Build b) {
    List<Integer> permutation = ((Transpose) n.op()).permutation();
    Order o = order(b, n.input(0));
    Tensor x = b.in(n.input(0), o);
    Tensor y = b.out(n.output(0), Order.PLAIN);
    int rank = permutation.size();
    long[] from = new long[Math.max(1, rank)];
    for (int i = 0; i < rank; i++) {
      from[i] = x.strides()[permutation.get(i)];
    }
    if (x.type().dtype() == DType.F32 && x.size() > 0 && rank > 0) {
      b.copyBox(b.own(MemoryDesc.strided(y.dims(), from)), x.slot(), b.describe(y), y.slot());
      return;
    }
    int words = words(n, x.type());
    long[] dims = new long[rank + 1];
    long[] sources = new long[rank + 1];
    long[] targets = new long[rank + 1];
    int[][] maps = new int[rank + 1][];
    for (int i = 0; i <= rank; i++) {
      boolean word = i == rank;
      dims[i] = word ? words : y.dims()[i];
      sources[i] = word ? 1 : from[i] * words;
      targets[i] = word ? 1 : y.strides()[i] * words;
      maps[i] = Gather.identity((int) dims[i]);
    }
    b.step("transpose", List.of(x.slot()), List.of(y.slot()), () -> new Gather(dims, 0, targets, maps, sources, 0).bind(b.workers(), x.ints(), y.ints()));
  }

  /** As a reorder between two views of the channels as a matrix. */
  static void shuffle(Node n, Build b) {
    int g = ((ChannelShuffle) n.op()).groups();
    Order o = order(b, n.input(0));
    Tensor x = b.in(n.input(0), o);
    Tensor y = b.out(n.output(0), o);
    int c = x.shape().dim(1);
    if (x.type().dtype() == DType.F32 && x.size() > 0) {
      boolean last = o == Order.CHANNELS_LAST;
      long inner = last ? 1 : x.shape().spatialSize();
      long outer = x.size() / c / inner;
      long perGroup = c / g;
      long[] dims = {outer, g, perGroup, inner};
      MemoryDesc from = b.own(MemoryDesc.strided(dims, new long[] {c * inner, perGroup * inner, inner, 1}));
      MemoryDesc to = b.own(MemoryDesc.strided(dims, new long[] {c * inner, inner, g * inner, 1}));
      b.copyBox(from, x.slot(), to, y.slot());
      return;
    }
    int[][] maps = identities(x.shape());
    for (int i = 0; i < c; i++) {
      maps[1][i] = i % g * (c / g) + i / g;
    }
    gather(n, b, x, y, maps, 0, "shuffle");
  }
}
