package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.Gemm;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Linear;
import dev.cardinal.op.MatMul;
import dev.cardinal.tensor.DType;
import java.util.List;

/** Matrix products through cuBLAS, which is column-major: a row-major matrix is its transpose there, so {@code c = a b} is computed as {@code cᵀ = bᵀ aᵀ}. */
final class MatrixLowerings {
  private MatrixLowerings() {}

  static void linear(Linear op, Node n, CudaBuild build) {
    Slot y = product(n, build, false, true);
    Slot bias = n.inputs().size() == 3 ? build.in(n.input(2), Order.ROWS, DType.F32) : null;
    Finish.add(build, y, n.output(0).type().shape(), Form.rows(n.output(0).type().dtype()), bias, op.activation());
  }

  static void matMul(MatMul op, Node n, CudaBuild build) {
    product(n, build, op.transposeA(), op.transposeB());
  }

  /** The step that multiplies a node's first two inputs, each transposed first if so said; gives the result's slot. */
  private static Slot product(Node n, CudaBuild build, boolean transposeA, boolean transposeB) {
    Value a = n.input(0);
    Value b = n.input(1);
    Value c = n.output(0);
    DType storage = build.maps(a.type().dtype()).storage();
    Slot left = build.in(a, Order.ROWS, storage);
    Slot right = build.in(b, Order.ROWS, storage);
    Form form = Form.rows(c.type().dtype());
    Slot out = build.out(c, form.order(), form.storage());
    int m = c.type().shape().dim(0);
    int columns = c.type().shape().dim(1);
    int k = a.type().shape().dim(transposeA ? 0 : 1);
    Gemm g = new Gemm(transposeB, transposeA, columns, m, k, b.type().shape().dim(1), a.type().shape().dim(1), columns, 1, 0, 0, 0, storage, form.storage(), Maths.mode(build));
    Blas blas = build.session().blas();
    build.step("cublas", List.of(left, right), List.of(out), () -> {
      long first = right.address();
      long second = left.address();
      long result = out.address();
      return () -> blas.gemm(g, 1, first, second, 0, result);
    });
    return out;
  }
}
