package dev.cardinal.op;

import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Matrix product of two matrices, each transposed first if so said. Inputs: a, b. Output: {@code op(a) op(b)}.
 */
public record MatMul(boolean transposeA, boolean transposeB) implements Op {
  @Override
  public List<TensorType> infer(List<TensorType> in) {
    Expect.inputs(in, 2, "a, b");
    Expect.floating(in);
    Shape a = in.get(0).shape();
    Shape b = in.get(1).shape();
    Expect.that(a.rank() == 2 && b.rank() == 2, "expected two matrices, got %s and %s", a, b);
    int inner = a.dim(transposeA ? 0 : 1);
    Expect.that(inner == b.dim(transposeB ? 1 : 0), "inner sizes differ: %s%s times %s%s", a, transposeA ? " transposed" : "", b, transposeB ? " transposed" : "");
    return List.of(in.get(0).with(Shape.of(a.dim(transposeA ? 1 : 0), b.dim(transposeB ? 0 : 1))));
  }

  @Override
  public <V> List<V> gradient(Gradients<V> g) {
    V dy = g.outputGradient(0);
    // For C = op(A) op(B): d op(A) = dC op(B)^T and d op(B) = op(A)^T dC; a transposed operand takes the transposed product.
    V da = null;
    if (g.wanted(0)) {
      da = transposeA ? g.emit(new MatMul(transposeB, true), g.input(1), dy) : g.emit(new MatMul(false, !transposeB), dy, g.input(1));
    }
    V db = null;
    if (g.wanted(1)) {
      db = transposeB ? g.emit(new MatMul(true, transposeA), dy, g.input(0)) : g.emit(new MatMul(!transposeA, false), g.input(0), dy);
    }
    return Arrays.asList(da, db);
  }

  @Override
  public Cost cost(List<TensorType> in, List<TensorType> out) {
    return Cost.compute(out.get(0).shape().size() * in.get(0).shape().dim(transposeA ? 0 : 1), 0, in, out);
  }

  @Override
  public SplitRule split(List<TensorType> in, List<TensorType> out) {
    int rows = transposeA ? 1 : 0;
    int columns = transposeB ? 0 : 1;
    int m = out.get(0).shape().dim(0);
    int n = out.get(0).shape().dim(1);
    int inner = in.get(0).shape().dim(1 - rows);
    return SplitRule.of(
        Way.along(this, false, n, List.of(Way.Operand.WHOLE, Way.Operand.along(columns, n)), List.of(Way.Operand.along(1, n))),
        Way.along(this, !transposeA, m, List.of(Way.Operand.along(rows, m), Way.Operand.WHOLE), List.of(Way.Operand.along(0, m))),
        Way.along(this, transposeA, inner, List.of(Way.Operand.along(1 - rows, inner), Way.Operand.along(1 - columns, inner)), List.of(Way.Operand.SUM)));
  }
}
