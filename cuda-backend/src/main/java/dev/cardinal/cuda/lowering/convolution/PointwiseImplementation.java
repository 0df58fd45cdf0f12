package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.ConvolutionDirection;
import dev.cardinal.cuda.api.Gemm;
import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.cuda.plan.Form;
import dev.cardinal.cuda.plan.Order;
import dev.cardinal.cuda.plan.Slot;
import dev.cardinal.graph.Node;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import java.util.List;

/**
 * A convolution by single taps at stride 1, as one matrix product through cuBLAS over all positions of all samples where channels are last, or one a sample where they are not. The gradient of weights
 * sums over samples, so it is one product only where channels are last.
 */
record PointwiseImplementation(Order order) implements Implementation {
  static boolean fits(ConvTask t, Order order) {
    boolean plain = t.geometry().groups() == 1 && t.geometry().isPointwise(Spatial.of(t.w().spatial())) && t.y().size() <= Integer.MAX_VALUE && t.x().size() <= Integer.MAX_VALUE;
    return plain && (order == Order.CHANNELS_LAST || t.givesMap());
  }

  @Override
  public String name() {
    return "cublas " + order;
  }

  /** The product, of column-major matrices. */
  private Gemm gemm(ConvTask t, DType result) {
    int cin = t.x().dim(1);
    int cout = t.y().dim(1);
    int plane = Math.toIntExact(t.x().spatialSize());
    int positions = t.x().dim(0) * plane;
    boolean last = order == Order.CHANNELS_LAST;
    return switch (t.direction()) {
      case FORWARD -> last ? product(t, true, false, cout, positions, cin, cin, cin, result)
          : product(t, false, false, plane, cout, cin, plane, cin, result).batched(t.x().dim(0), (long) cin * plane, 0, (long) cout * plane);
      case BACKWARD_DATA -> last ? product(t, false, false, cin, positions, cout, cin, cout, result)
          : product(t, false, true, plane, cin, cout, plane, cin, result).batched(t.x().dim(0), (long) cout * plane, 0, (long) cin * plane);
      case BACKWARD_FILTER -> product(t, false, true, cin, cout, positions, cin, cout, result);
    };
  }

  private static Gemm product(ConvTask t, boolean transA, boolean transB, int m, int n, int k, int lda, int ldb, DType result) {
    return new Gemm(transA, transB, m, n, k, lda, ldb, m, 1, 0, 0, 0, t.storage(), result, t.math());
  }

  @Override
  public void lower(ConvTask task, Node node, CudaBuild build) {
    Operands operands = new Operands(task, node, build, order);
    Slot first = operands.first();
    Slot second = operands.second();
    boolean weightsFirst = order == Order.CHANNELS_LAST && task.givesMap();
    // Sums come out of the product in float32, so the gradient of the weights need not be rounded.
    Form form = task.givesMap() ? new Form(order, task.storage()) : Form.rows(DType.F32);
    Gemm g = gemm(task, form.storage());
    Blas blas = build.session().blas();
    operands.result(form, result -> {
      build.step(name(), List.of(first, second), List.of(result), () -> {
        long a = weightsFirst ? second.address() : first.address();
        long b = weightsFirst ? first.address() : second.address();
        long c = result.address();
        return () -> blas.gemm(g, 1, a, b, 0, c);
      });
      if (task.givesMap()) {
        operands.finish(result);
      }
    });
  }
}
