package dev.cardinal.io.onnx;

import dev.cardinal.op.Binary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Moves computed on the host: what models do with shapes, and with stored tensors before they use them. */
final class HostMoves {
  private HostMoves() {}

  static void register(Map<String, Importers.Fold> map) {
    map.put("Constant", HostMoves::constant);
    map.put("Shape", HostMoves::shape);
    map.put("Size", n -> one(HostTensor.of(Shape.scalar(), n.shape(0).size())));
    map.put("ConstantOfShape", HostMoves::constantOfShape);
    map.put("Identity", n -> one(n.host(0)));
    map.put("Reshape", n -> one(n.host(0).reshape(MoveImport.reshaped(n))));
    map.put("Flatten", n -> one(n.host(0).reshape(MoveImport.flattened(n))));
    map.put("Squeeze", n -> one(n.host(0).reshape(MoveImport.squeezed(n))));
    map.put("Unsqueeze", n -> one(n.host(0).reshape(MoveImport.unsqueezed(n))));
    map.put("Transpose", HostMoves::transpose);
    map.put("Gather", HostMoves::gather);
    map.put("Slice", HostMoves::slice);
    map.put("Split", HostMoves::split);
    map.put("Concat", HostMoves::concat);
    map.put("Expand", n -> one(expand(n.host(0), Shape.of(MoveImport.expanded(n)))));
    map.put("Tile", HostMoves::tile);
  }

  static HostTensor[] one(HostTensor t) {
    return new HostTensor[] {t};
  }

  /** A tensor of bounded size: a few bytes of a file can ask for any. */
  static HostTensor zeros(DType dtype, Shape shape) {
    if (shape.size() > GraphImport.MAX_FOLDED) {
      throw new OnnxException("a constant of shape " + shape + " is too large to make while reading a model");
    }
    return HostTensor.zeros(new TensorType(dtype, shape));
  }

  private static HostTensor pick(HostTensor x, Shape out, IntUnaryOperator source) {
    HostTensor y = zeros(x.dtype(), out);
    for (int i = 0; i < y.size(); i++) {
      System.arraycopy(x.array(), source.applyAsInt(i), y.array(), i, 1);
    }
    return y;
  }

  private static HostTensor[] constant(NodeImport n) {
    Attributes a = n.attributes();
    if (a.has("value")) {
      return one(a.tensor("value"));
    }
    if (a.has("value_float")) {
      return one(HostTensor.scalar((float) a.number("value_float", 0)));
    }
    if (a.has("value_int")) {
      return one(HostTensor.of(Shape.scalar(), (long) a.integer("value_int", 0)));
    }
    float[] f = a.numbers("value_floats");
    if (f != null) {
      return one(HostTensor.of(Shape.of(f.length), f));
    }
    long[] l = a.longs("value_ints");
    if (l != null) {
      return one(HostTensor.of(Shape.of(l.length), l));
    }
    throw new UnsupportedOnnxException("kind of Constant", n.node() + " has " + n.node().attributes().keySet());
  }

  private static HostTensor[] shape(NodeImport n) {
    int rank = n.rank(0);
    int start = n.opset() >= 15 ? n.attributes().integer("start", 0) : 0;
    int end = n.opset() >= 15 ? n.attributes().integer("end", rank) : rank;
    int from = Math.max(0, Math.min(rank, start < 0 ? start + rank : start));
    int to = Math.max(from, Math.min(rank, end < 0 ? end + rank : end));
    long[] dims = Arrays.stream(n.shape(0).dims(), from, to).asLongStream().toArray();
    return one(HostTensor.of(Shape.of(dims.length), dims));
  }

  private static HostTensor[] constantOfShape(NodeImport n) {
    HostTensor value = n.attributes().tensor("value");
    Shape s = OnnxTensors.shape(Arrays.stream(n.longs(0)).boxed().toList(), n.node().toString());
    if (value != null && value.size() != 1) {
      throw n.broken("has a value of type " + value.type() + ", expected one element");
    }
    HostTensor y = zeros(value == null ? DType.F32 : value.dtype(), s);
    for (int i = 0; value != null && i < y.size(); i++) {
      System.arraycopy(value.array(), 0, y.array(), i, 1);
    }
    return one(y);
  }

  private static HostTensor[] transpose(NodeImport n) {
    HostTensor x = n.host(0);
    int[] perm = MoveImport.permutation(n);
    Shape out = Shape.of(Arrays.stream(perm).map(x.shape()::dim).toArray());
    long[] from = x.shape().strides();
    return one(strided(x, out, 0, Arrays.stream(perm).mapToLong(p -> from[p]).toArray()));
  }

  /** Elements at {@code base} plus index times stride. */
  private static HostTensor strided(HostTensor x, Shape out, long base, long[] strides) {
    long[] steps = out.strides();
    return pick(x, out, i -> {
      long at = base;
      long rest = i;
      for (int a = 0; a < strides.length; a++) {
        at += rest / steps[a] * strides[a];
        rest %= steps[a];
      }
      return (int) at;
    });
  }

  private static HostTensor[] gather(NodeImport n) {
    HostTensor x = n.host(0);
    int axis = n.axis(n.attributes().integer("axis", 0), x.shape().rank());
    int[] indices = CutImport.indices(n, axis);
    int inner = Axes.size(x.shape().dims(), axis + 1, x.shape().rank());
    int d = x.shape().dim(axis);
    int count = indices.length;
    return one(pick(x, Shape.of(CutImport.gathered(n, axis)), i -> (i / inner / count * d + indices[i / inner % count]) * inner + i % inner));
  }

  private static HostTensor[] slice(NodeImport n) {
    HostTensor x = n.host(0);
    CutImport.Range[] r = CutImport.ranges(n);
    long[] strides = x.shape().strides();
    long base = 0;
    int[] dims = new int[r.length];
    for (int a = 0; a < r.length; a++) {
      base += r[a].begin() * strides[a];
      strides[a] *= r[a].step();
      dims[a] = r[a].count();
    }
    return one(strided(x, Shape.of(dims), base, strides));
  }

  private static HostTensor[] split(NodeImport n) {
    HostTensor x = n.host(0);
    int axis = n.axis(n.attributes().integer("axis", 0), x.shape().rank());
    int[] pieces = CutImport.pieces(n, axis);
    HostTensor[] out = new HostTensor[pieces.length];
    long at = 0;
    for (int i = 0; i < pieces.length; i++) {
      out[i] = strided(x, x.shape().with(axis, pieces[i]), at * x.shape().strides()[axis], x.shape().strides());
      at += pieces[i];
    }
    return out;
  }

  private static HostTensor[] concat(NodeImport n) {
    if (!n.attributes().has("axis")) {
      throw n.broken("says no axis");
    }
    HostTensor first = n.host(0);
    int rank = first.shape().rank();
    int axis = n.axis(n.attributes().integer("axis", 0), rank);
    int total = 0;
    for (int i = 0; i < n.inputs(); i++) {
      Shape s = n.shape(i);
      if (s.rank() != rank || !s.with(axis, 0).equals(first.shape().with(axis, 0)) || n.operand(i).dtype() != first.dtype()) {
        throw n.broken("joins " + first.type() + " and " + n.host(i).type() + " along axis " + axis);
      }
      total = Math.addExact(total, s.dim(axis));
    }
    HostTensor y = zeros(first.dtype(), first.shape().with(axis, total));
    int inner = Axes.size(first.shape().dims(), axis + 1, rank);
    int at = 0;
    for (int i = 0; i < n.inputs(); i++) {
      HostTensor x = n.host(i);
      int run = x.shape().dim(axis) * inner;
      for (int o = 0; run > 0 && o < x.size() / run; o++) {
        System.arraycopy(x.array(), o * run, y.array(), o * total * inner + at, run);
      }
      at += run;
    }
    return one(y);
  }

  /** Broadcasts to a shape. */
  static HostTensor expand(HostTensor x, Shape out) {
    if (x.shape().equals(out)) {
      return x;
    }
    long[] own = x.shape().strides();
    long[] strides = new long[out.rank()];
    int extra = out.rank() - own.length;
    for (int a = 0; a < own.length; a++) {
      strides[a + extra] = x.shape().dim(a) == 1 ? 0 : own[a];
    }
    if (!Binary.broadcast(x.shape(), out).equals(out)) {
      throw new OnnxException(x.shape() + " does not broadcast to " + out);
    }
    return strided(x, out, 0, strides);
  }

  private static HostTensor[] tile(NodeImport n) {
    HostTensor x = n.host(0);
    long[] repeats = n.longs(1);
    int[] dims = x.shape().dims();
    if (repeats.length != dims.length) {
      throw n.broken("has " + repeats.length + " repeats for " + x.shape());
    }
    for (int a = 0; a < dims.length; a++) {
      dims[a] = Math.multiplyExact(dims[a], Math.toIntExact(repeats[a]));
    }
    Shape out = Shape.of(dims);
    long[] steps = out.strides();
    long[] own = x.shape().strides();
    return one(pick(x, out, i -> {
      long at = 0;
      long rest = i;
      for (int a = 0; a < own.length; a++) {
        at += rest / steps[a] % x.shape().dim(a) * own[a];
        rest %= steps[a];
      }
      return (int) at;
    }));
  }
}
