package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.BroadcastTo;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Concat;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operations that move every element to a new place: shapes, axes, repetition, joining. */
final class MoveImport {
  private MoveImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Reshape", n -> n.out(Axes.reshape(n, n.value(0), reshaped(n))));
    map.put("Flatten", n -> n.out(Axes.reshape(n, n.value(0), flattened(n))));
    map.put("Squeeze", n -> n.out(Axes.reshape(n, n.value(0), squeezed(n))));
    map.put("Unsqueeze", n -> n.out(Axes.reshape(n, n.value(0), unsqueezed(n))));
    map.put("Transpose", n -> n.out(Axes.transpose(n, n.value(0), permutation(n))));
    map.put("Expand", n -> n.out(expand(n, n.value(0), expanded(n))));
    map.put("Tile", n -> n.out(tile(n, n.value(0), n.longs(1))));
    map.put("Concat", MoveImport::concat);
    map.put("DepthToSpace", MoveImport::depthToSpace);
    map.put("SpaceToDepth", MoveImport::spaceToDepth);
  }

  /** The sizes that Reshape asks for. A model written for one picture keeps working for a batch: a leading 1 that does not fit is the batch. */
  static int[] reshaped(NodeImport n) {
    long[] want = n.longs(1);
    boolean allowZero = n.opset() >= 14 && n.attributes().flag("allowzero", false);
    Shape x = n.shape(0);
    int[] dims = new int[want.length];
    long product = 1;
    int free = -1;
    for (int i = 0; i < dims.length; i++) {
      if (want[i] == -1) {
        if (free >= 0) {
          throw n.broken("reshapes to " + Arrays.toString(want) + ", which leaves two sizes free");
        }
        free = i;
        continue;
      }
      if (want[i] == 0 && !allowZero && i >= x.rank() || want[i] < 0) {
        throw n.broken("reshapes " + x + " to " + Arrays.toString(want));
      }
      dims[i] = want[i] == 0 && !allowZero ? x.dim(i) : Math.toIntExact(want[i]);
      product = Math.multiplyExact(product, dims[i]);
    }
    if (dims.length > 0 && want[0] == 1 && x.rank() > 0 && n.graph().isBatch(x.dim(0)) && (free >= 0 || product * x.dim(0) == x.size())) {
      dims[0] = x.dim(0);
      product *= x.dim(0);
    }
    if (free >= 0) {
      if (product == 0 || x.size() % product != 0) {
        throw n.broken("reshapes " + x + " to " + Arrays.toString(want) + ", which does not divide its " + x.size() + " elements");
      }
      dims[free] = Math.toIntExact(x.size() / product);
    }
    return dims;
  }

  static int[] flattened(NodeImport n) {
    Shape x = n.shape(0);
    int given = n.attributes().integer("axis", 1);
    int axis = given == x.rank() ? given : n.axis(given, Math.max(1, x.rank()));
    return new int[] {Axes.size(x.dims(), 0, Math.min(axis, x.rank())), Axes.size(x.dims(), Math.min(axis, x.rank()), x.rank())};
  }

  private static long[] axes(NodeImport n) {
    return n.opset() >= 13 ? n.has(1) ? n.longs(1) : null : n.attributes().longs("axes");
  }

  static int[] squeezed(NodeImport n) {
    Shape x = n.shape(0);
    long[] axes = axes(n);
    List<Integer> gone = axes == null ? IntStream.range(0, x.rank()).filter(i -> x.dim(i) == 1).boxed().toList()
        : Arrays.stream(axes).mapToObj(a -> n.axis(a, x.rank())).toList();
    for (int a : gone) {
      if (x.dim(a) != 1) {
        throw n.broken("squeezes axis " + a + " of " + x + ", whose size is not 1");
      }
    }
    return IntStream.range(0, x.rank()).filter(i -> !gone.contains(i)).map(x::dim).toArray();
  }

  static int[] unsqueezed(NodeImport n) {
    Shape x = n.shape(0);
    long[] axes = axes(n);
    if (axes == null) {
      throw n.broken("says no axes");
    }
    int rank = x.rank() + axes.length;
    List<Integer> fresh = Arrays.stream(axes).mapToObj(a -> n.axis(a, rank)).distinct().toList();
    if (fresh.size() != axes.length) {
      throw n.broken("names an axis twice: " + Arrays.toString(axes));
    }
    int[] dims = new int[rank];
    int from = 0;
    for (int i = 0; i < rank; i++) {
      dims[i] = fresh.contains(i) ? 1 : x.dim(from++);
    }
    return dims;
  }

  static int[] permutation(NodeImport n) {
    int rank = n.rank(0);
    long[] p = n.attributes().longs("perm");
    int[] perm = p == null ? IntStream.range(0, rank).map(i -> rank - 1 - i).toArray() : Arrays.stream(p).mapToInt(Math::toIntExact).toArray();
    int[] sorted = perm.clone();
    Arrays.sort(sorted);
    if (!Arrays.equals(sorted, IntStream.range(0, rank).toArray())) {
      throw n.broken("has perm " + Arrays.toString(perm) + " for " + n.shape(0));
    }
    return perm;
  }

  static int[] expanded(NodeImport n) {
    int[] want = Arrays.stream(n.longs(1)).mapToInt(Math::toIntExact).toArray();
    return Binary.broadcast(n.shape(0), Shape.of(want)).dims();
  }

  static Value expand(NodeImport n, Value x, int[] dims) {
    Shape s = x.type().shape();
    int[] padded = new int[dims.length];
    Arrays.fill(padded, 1);
    System.arraycopy(s.dims(), 0, padded, dims.length - s.rank(), s.rank());
    Value y = Axes.reshape(n, x, padded);
    return Arrays.equals(padded, dims) ? y : n.emit(new BroadcastTo(Shape.of(dims)), y);
  }

  /** Repetition: an axis of its own before each repeated one, broadcast, and merged. */
  private static Value tile(NodeImport n, Value x, long[] repeats) {
    int[] d = x.type().shape().dims();
    if (repeats.length != d.length) {
      throw n.broken("has " + repeats.length + " repeats for " + x.type().shape());
    }
    List<Integer> split = new ArrayList<>();
    List<Integer> spread = new ArrayList<>();
    int[] out = new int[d.length];
    for (int i = 0; i < d.length; i++) {
      if (repeats[i] != 1) {
        split.add(1);
        spread.add(Math.toIntExact(repeats[i]));
      }
      split.add(d[i]);
      spread.add(d[i]);
      out[i] = Math.multiplyExact(d[i], Math.toIntExact(repeats[i]));
    }
    Value y = Axes.reshape(n, x, ints(split));
    Shape to = Shape.of(ints(spread));
    y = y.type().shape().equals(to) ? y : n.emit(new BroadcastTo(to), y);
    return Axes.reshape(n, y, out);
  }

  private static int[] ints(List<Integer> l) {
    return l.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void concat(NodeImport n) {
    if (!n.attributes().has("axis")) {
      throw n.broken("says no axis");
    }
    int axis = n.axis(n.attributes().integer("axis", 0), n.rank(0));
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < n.inputs(); i++) {
      parts.add(n.value(i));
    }
    n.out(parts.size() == 1 ? parts.get(0) : n.emit(new Concat(axis), parts.toArray(Value[]::new)));
  }

  private static int blockSize(NodeImport n) {
    int b = n.attributes().integer("blocksize", 0);
    if (n.rank(0) != 4 || b < 1) {
      throw n.broken("needs x [N, C, H, W] and a positive blocksize, got " + n.shape(0) + " and " + b);
    }
    return b;
  }

  private static void depthToSpace(NodeImport n) {
    int b = blockSize(n);
    int[] d = n.shape(0).dims();
    boolean depthFirst = n.attributes().oneOf("mode", "DCR", List.of("DCR", "CRD")).equals("DCR");
    int c = d[1] / (b * b);
    Value x = n.value(0);
    Value y = depthFirst ? Axes.transpose(n, Axes.reshape(n, x, d[0], b, b, c, d[2], d[3]), 0, 3, 4, 1, 5, 2)
        : Axes.transpose(n, Axes.reshape(n, x, d[0], c, b, b, d[2], d[3]), 0, 1, 4, 2, 5, 3);
    n.out(Axes.reshape(n, y, d[0], c, Math.multiplyExact(d[2], b), Math.multiplyExact(d[3], b)));
  }

  private static void spaceToDepth(NodeImport n) {
    int b = blockSize(n);
    int[] d = n.shape(0).dims();
    if (d[2] % b != 0 || d[3] % b != 0) {
      throw n.broken("has blocksize " + b + ", which does not divide " + n.shape(0));
    }
    Value y = Axes.transpose(n, Axes.reshape(n, n.value(0), d[0], d[1], d[2] / b, b, d[3] / b, b), 0, 3, 5, 1, 2, 4);
    n.out(Axes.reshape(n, y, d[0], d[1] * b * b, d[2] / b, d[3] / b));
  }
}
