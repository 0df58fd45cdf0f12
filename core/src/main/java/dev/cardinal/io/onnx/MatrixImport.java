package dev.cardinal.io.onnx;

import dev.cardinal.graph.Value;
import dev.cardinal.nn.Parameter.Role;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Concat;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.op.Scale;
import dev.cardinal.op.Softmax;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Matrix products, and softmax. */
final class MatrixImport {
  private static final int MAX_BATCH = 4096;

  private MatrixImport() {}

  static void register(Map<String, Importers.Importer> map) {
    map.put("Gemm", MatrixImport::gemm);
    map.put("MatMul", n -> n.out(matMul(n, n.value(0), n.value(1))));
    map.put("Softmax", n -> softmax(n, false));
    map.put("LogSoftmax", n -> softmax(n, true));
  }

  private static void gemm(NodeImport n) {
    double alpha = n.attributes().number("alpha", 1);
    double beta = n.attributes().number("beta", 1);
    boolean transA = n.attributes().flag("transA", false);
    boolean transB = n.attributes().flag("transB", false);
    Value a = n.value(0);
    Value b = n.value(1, Role.WEIGHT);
    boolean hasC = n.has(2) && beta != 0;
    if (n.has(2)) {
      OldBroadcast.requireWhole(n, 2, Shape.of(n.shape(0).dim(transA ? 1 : 0), n.shape(1).dim(transB ? 0 : 1)));
    }
    if (!transA && transB && alpha == 1 && beta == 1 && (!hasC || n.rank(2) == 1 && n.shape(2).dim(0) == n.shape(1).dim(0))) {
      n.out(hasC ? n.emit(new Linear(), a, b, n.value(2, Role.BIAS)) : n.emit(new Linear(), a, b));
      return;
    }
    Value y = n.emit(new MatMul(transA, transB), a, b);
    y = alpha == 1 ? y : n.emit(new Scale(alpha, 0), y);
    if (hasC) {
      Value c = n.value(2, Role.BIAS);
      if (!Binary.broadcast(y.type().shape(), c.type().shape()).equals(y.type().shape())) {
        throw n.broken("has C of shape " + c.type().shape() + ", which does not broadcast to " + y.type().shape());
      }
      y = n.emit(new Binary(Binary.Kind.ADD), y, beta == 1 ? c : n.emit(new Scale(beta, 0), c));
    }
    n.out(y);
  }

  /** As numpy's matmul: one side a matrix is one product, otherwise one product per matrix of the batch. */
  private static Value matMul(NodeImport n, Value a, Value b) {
    Shape sa = a.type().shape();
    Shape sb = b.type().shape();
    if (sa.rank() == 0 || sb.rank() == 0) {
      throw n.broken("multiplies scalars");
    }
    if (sa.rank() == 1) {
      Value y = matMul(n, Axes.reshape(n, a, 1, sa.dim(0)), b);
      return Axes.reshape(n, y, without(y.type().shape().dims(), sb.rank() == 1 ? 0 : y.type().shape().rank() - 2));
    }
    if (sb.rank() == 1) {
      Value y = matMul(n, a, Axes.reshape(n, b, sb.dim(0), 1));
      return Axes.reshape(n, y, without(y.type().shape().dims(), y.type().shape().rank() - 1));
    }
    if (sb.rank() == 2) {
      int[] dims = sa.dims();
      Value flat = Axes.reshape(n, a, Axes.size(dims, 0, dims.length - 1), dims[dims.length - 1]);
      dims[dims.length - 1] = sb.dim(1);
      return Axes.reshape(n, n.emit(new MatMul(false, false), flat, b), dims);
    }
    return batched(n, a, b);
  }

  private static int[] without(int[] dims, int axis) {
    int[] d = new int[dims.length - 1];
    for (int i = 0; i < d.length; i++) {
      d[i] = dims[i < axis ? i : i + 1];
    }
    return d;
  }

  private static Value batched(NodeImport n, Value a, Value b) {
    int[] da = a.type().shape().dims();
    int[] db = b.type().shape().dims();
    Shape batch = Binary.broadcast(Shape.of(Arrays.copyOf(da, da.length - 2)), Shape.of(Arrays.copyOf(db, db.length - 2)));
    if (batch.size() > MAX_BATCH || batch.size() == 0) {
      throw n.unsupported("multiplies a batch of " + batch.size() + " matrices, from 1 to " + MAX_BATCH + " are supported");
    }
    int r = batch.rank();
    Value fa = spread(n, a, batch);
    Value fb = spread(n, b, batch);
    List<Value> products = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Value ma = Axes.reshape(n, Axes.slice(n, fa, 0, i, i + 1), da[da.length - 2], da[da.length - 1]);
      Value mb = Axes.reshape(n, Axes.slice(n, fb, 0, i, i + 1), db[db.length - 2], db[db.length - 1]);
      products.add(n.emit(new MatMul(false, false), ma, mb));
    }
    Value all = products.size() == 1 ? products.get(0) : n.emit(new Concat(0), products.toArray(Value[]::new));
    int[] out = Arrays.copyOf(batch.dims(), r + 2);
    out[r] = da[da.length - 2];
    out[r + 1] = db[db.length - 1];
    return Axes.reshape(n, all, out);
  }

  private static Value spread(NodeImport n, Value x, Shape batch) {
    int[] d = x.type().shape().dims();
    int[] full = Arrays.copyOf(batch.dims(), batch.rank() + 2);
    full[full.length - 2] = d[d.length - 2];
    full[full.length - 1] = d[d.length - 1];
    return Axes.reshape(n, MoveImport.expand(n, x, full), Math.toIntExact(batch.size()), d[d.length - 2], d[d.length - 1]);
  }

  /** Before opset 13 everything from the axis on is one row. */
  private static void softmax(NodeImport n, boolean log) {
    Value x = n.value(0);
    int rank = n.rank(0);
    boolean flattens = n.opset() < 13;
    int given = n.attributes().integer("axis", flattens ? 1 : -1);
    int axis = flattens && given == rank ? rank : n.axis(given, rank);
    if (!flattens || axis == rank - 1) {
      n.out(n.emit(new Softmax(axis, log), x));
      return;
    }
    int[] dims = n.shape(0).dims();
    Value y = n.emit(new Softmax(1, log), Axes.reshape(n, x, Axes.size(dims, 0, axis), Axes.size(dims, axis, rank)));
    n.out(Axes.reshape(n, y, dims));
  }
}
