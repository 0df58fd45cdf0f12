package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Cast;
import dev.cardinal.op.MaxPool;
import dev.cardinal.op.PoolGeometry;
import dev.cardinal.op.Reduce;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Spatial;
import dev.cardinal.op.Unary;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Reductions over axes. */
final class ReduceImport {
  private ReduceImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("ReduceMean", n -> reduce(n, 18, x -> x, Reduce.Kind.MEAN, y -> y));
    map.put("ReduceSum", n -> reduce(n, 13, x -> x, Reduce.Kind.SUM, y -> y));
    map.put("ReduceL1", n -> reduce(n, 18, unary(n, Unary.Kind.ABSOLUTE), Reduce.Kind.SUM, y -> y));
    map.put("ReduceL2", n -> reduce(n, 18, unary(n, Unary.Kind.SQUARE), Reduce.Kind.SUM, unary(n, Unary.Kind.SQUARE_ROOT)));
    map.put("ReduceSumSquare", n -> reduce(n, 18, unary(n, Unary.Kind.SQUARE), Reduce.Kind.SUM, y -> y));
    map.put("ReduceLogSum", n -> reduce(n, 18, x -> x, Reduce.Kind.SUM, unary(n, Unary.Kind.LOGARITHM)));
    map.put("ReduceMax", n -> extreme(n, x -> x));
    map.put("ReduceMin", n -> extreme(n, unary(n, Unary.Kind.NEGATE)));
    map.put("ReduceLogSumExp", ReduceImport::logSumExp);
    map.put("Hardmax", ReduceImport::hardmax);
    map.put("ArgMax", n -> argument(n, x -> x));
    map.put("ArgMin", n -> argument(n, unary(n, Unary.Kind.NEGATE)));
  }

  private static UnaryOperator<Value> unary(NodeImport n, Unary.Kind kind) {
    return x -> n.emit(new Unary(kind), x);
  }

  /** The axes to reduce; {@code null} if the node says that there is nothing to do. */
  static List<Integer> axes(NodeImport n, int asInputSince) {
    int rank = n.rank(0);
    boolean asInput = n.opset() >= asInputSince;
    long[] given = asInput ? n.has(1) ? n.longs(1) : null : n.attributes().longs("axes");
    boolean nothing = asInput && n.attributes().flag("noop_with_empty_axes", false);
    if (given == null || given.length == 0) {
      return nothing ? null : IntStream.range(0, rank).boxed().toList();
    }
    return Arrays.stream(given).mapToObj(a -> n.axis(a, rank)).sorted().distinct().toList();
  }

  static int[] reduced(Shape x, List<Integer> axes, boolean keep) {
    return IntStream.range(0, x.rank()).filter(i -> keep || !axes.contains(i)).map(i -> axes.contains(i) ? 1 : x.dim(i)).toArray();
  }

  private static void reduce(NodeImport n, int asInputSince, UnaryOperator<Value> before, Reduce.Kind kind, UnaryOperator<Value> after) {
    boolean keep = n.attributes().flag("keepdims", true);
    List<Integer> axes = axes(n, asInputSince);
    Value x = before.apply(n.value(0));
    n.out(after.apply(axes == null ? x : n.emit(new Reduce(kind, axes, keep), x)));
  }

  /** The maximum over axes is a max pooling whose window is all of them, laid out as one axis. */
  private static Value maximum(NodeImport n, Value x, List<Integer> axes, boolean keep) {
    Shape s = x.type().shape();
    return Axes.reshape(n, pooled(n, rows(n, x, axes)).get(0), reduced(s, axes, keep));
  }

  /** One row for each element of the result. */
  private static Value rows(NodeImport n, Value x, List<Integer> axes) {
    Shape s = x.type().shape();
    if (s.size() == 0) {
      throw n.unsupported("reduces an empty tensor " + s);
    }
    int length = Math.toIntExact(axes.stream().mapToLong(s::dim).reduce(1, Math::multiplyExact));
    return Axes.reshape(n, Axes.transpose(n, x, Axes.last(s.rank(), axes)), 1, Math.toIntExact(s.size() / length), length);
  }

  private static List<Value> pooled(NodeImport n, Value rows) {
    PoolGeometry g = new PoolGeometry(Spatial.of(rows.type().shape().dim(2)), Spatial.of(1), Spatial.of(0), Spatial.of(0), Spatial.of(1), false);
    return n.emitAll(new MaxPool(g), List.of(rows));
  }

  /** The place of the maximum along an axis is what that pooling gives as index; the last of several maxima is the first of the row backwards. */
  private static void argument(NodeImport n, UnaryOperator<Value> sign) {
    boolean keep = n.attributes().flag("keepdims", true);
    boolean last = n.opset() >= 12 && n.attributes().flag("select_last_index", false);
    List<Integer> axes = List.of(n.axis(n.attributes().integer("axis", 0), n.rank(0)));
    n.out(Axes.reshape(n, place(n, sign.apply(n.value(0)), axes, last), reduced(n.shape(0), axes, keep)));
  }

  private static Value place(NodeImport n, Value x, List<Integer> axes, boolean last) {
    Value rows = rows(n, x, axes);
    int length = rows.type().shape().dim(2);
    Value forward = last ? Axes.gather(n, rows, 2, IntStream.range(0, length).map(i -> length - 1 - i).toArray()) : rows;
    Value at = n.emit(new Cast(DType.F32), pooled(n, forward).get(1));
    return last ? n.emit(new Scale(-1, length - 1), at) : at;
  }

  /** 1 at the first maximum, 0 elsewhere. Before opset 13 everything from the axis on is one row. */
  private static void hardmax(NodeImport n) {
    boolean flattens = n.opset() < 13;
    int given = n.attributes().integer("axis", flattens ? 1 : -1);
    int rank = n.rank(0);
    int axis = flattens && given == rank ? rank : n.axis(given, rank);
    int[] dims = n.shape(0).dims();
    Value x = flattens ? Axes.reshape(n, n.value(0), Axes.size(dims, 0, axis), Axes.size(dims, axis, rank)) : n.value(0);
    int along = flattens ? 1 : axis;
    Shape s = x.type().shape();
    int[] line = new int[s.rank()];
    Arrays.fill(line, 1);
    line[along] = s.dim(along);
    Value at = Axes.reshape(n, place(n, x, List.of(along), false), s.with(along, 1).dims());
    Value index = n.constant(HostTensor.generate(new TensorType(DType.F32, Shape.of(line)), i -> i));
    Value same = n.emit(new Binary(Binary.Kind.MULTIPLY), n.emit(new Binary(Binary.Kind.GREATER_OR_EQUAL), at, index), n.emit(new Binary(Binary.Kind.GREATER_OR_EQUAL), index, at));
    n.out(Axes.reshape(n, same, dims));
  }

  private static void extreme(NodeImport n, UnaryOperator<Value> sign) {
    boolean keep = n.attributes().flag("keepdims", true);
    List<Integer> axes = axes(n, 18);
    n.out(axes == null ? n.value(0) : sign.apply(maximum(n, sign.apply(n.value(0)), axes, keep)));
  }

  private static void logSumExp(NodeImport n) {
    boolean keep = n.attributes().flag("keepdims", true);
    List<Integer> axes = axes(n, 18);
    Value x = n.value(0);
    if (axes == null) {
      n.out(x);
      return;
    }
    Value top = maximum(n, x, axes, true);
    Value sum = n.emit(new Reduce(Reduce.Kind.SUM, axes, true), unary(n, Unary.Kind.EXPONENTIAL).apply(n.emit(new Binary(Binary.Kind.SUBTRACT), x, top)));
    Value y = n.emit(new Binary(Binary.Kind.ADD), unary(n, Unary.Kind.LOGARITHM).apply(sum), top);
    n.out(Axes.reshape(n, y, reduced(n.shape(0), axes, keep)));
  }
}
