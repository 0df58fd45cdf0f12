package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.Gemm;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.cuda.api.TensorDescriptor;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** cuBLAS by plain loops. */
final class SimulatedBlas implements Blas {
  private static final int VERSION = 120604;
  private static final int INVALID_VALUE = 7;
  private final SimulatedStream stream;
  private Operand workspace;
  private boolean closed;

  SimulatedBlas(SimulatedStream stream) {
    this.stream = stream;
  }

  @Override
  public int version() {
    return VERSION;
  }

  @Override
  public void setWorkspace(long address, long bytes) {
    workspace = new Operand("workspace", address, bytes, bytes + " bytes");
  }

  private static void require(boolean holds, Gemm g, String what) {
    if (!holds) {
      throw new CudaException("cublasGemmStridedBatchedEx", INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE: " + what, "shape = " + g);
    }
  }

  @Override
  public void gemm(Gemm g, float alpha, long a, long b, float beta, long c) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "cuBLAS is used after it was closed");
    }
    require(g.m() > 0 && g.n() > 0 && g.k() > 0 && g.batch() > 0, g, "sizes are above 0");
    require(g.lda() >= (g.transA() ? g.k() : g.m()), g, "lda");
    require(g.ldb() >= (g.transB() ? g.n() : g.k()), g, "ldb");
    require(g.ldc() >= g.m(), g, "ldc");
    require(g.batch() == 1 || g.strideC() >= (long) g.ldc() * (g.n() - 1) + g.m(), g, "the results of a batch overlap");
    require(List.of(DType.F32, DType.F16, DType.BF16).contains(g.inputs()) && (g.output() == DType.F32 || g.output() == g.inputs()), g, "types");
    if (workspace == null && stream.capture() != null) {
      throw new SimulatedFault(Kind.CAPTURE, "cuBLAS allocates workspace of its own while " + stream + " is captured; call setWorkspace before");
    }
    TensorDescriptor da = batch(g.inputs(), g.batch(), g.strideA(), g.m(), g.k(), g.lda(), g.transA());
    TensorDescriptor db = batch(g.inputs(), g.batch(), g.strideB(), g.k(), g.n(), g.ldb(), g.transB());
    TensorDescriptor dc = batch(g.output(), g.batch(), g.strideC(), g.m(), g.n(), g.ldc(), false);
    Operand result = new Operand("c", c, dc.bytes(), dc);
    List<Operand> reads = new ArrayList<>(List.of(new Operand("a", a, da.bytes(), da), new Operand("b", b, db.bytes(), db)));
    List<Operand> writes = new ArrayList<>(List.of(result));
    if (beta != 0) {
      reads.add(result);
    }
    if (workspace != null) {
      writes.add(workspace);
    }
    Operand.issue(stream, "cublasGemmStridedBatchedEx", reads, writes, () -> {
      if (workspace != null) {
        NativeHost.fill(workspace.address(), -1, workspace.bytes());
      }
      boolean tf32 = g.math() == MathMode.TF32 && g.inputs() == DType.F32;
      HostTensor left = DeviceTensors.read(da, a);
      HostTensor right = DeviceTensors.read(db, b);
      DeviceTensors.write(dc, c, product(g, tf32 ? DeviceTensors.tf32(left) : left, tf32 ? DeviceTensors.tf32(right) : right), alpha, beta);
    });
  }

  /** Column-major matrices as {@code [1, batch, rows, columns]} of what is multiplied, already transposed. */
  private static TensorDescriptor batch(DType t, int batch, long stride, int rows, int columns, int ld, boolean transpose) {
    return new TensorDescriptor(t, new int[] {1, batch, rows, columns}, new int[] {0, Math.toIntExact(batch == 1 ? 0 : stride), transpose ? ld : 1, transpose ? 1 : ld});
  }

  private static HostTensor product(Gemm g, HostTensor a, HostTensor b) {
    float[] left = a.floats();
    float[] right = b.floats();
    float[] c = new float[g.batch() * g.m() * g.n()];
    double[] row = new double[g.n()];
    for (int i = 0; i < g.batch(); i++) {
      for (int r = 0; r < g.m(); r++) {
        Arrays.fill(row, 0);
        for (int k = 0; k < g.k(); k++) {
          double v = left[(i * g.m() + r) * g.k() + k];
          int at = (i * g.k() + k) * g.n();
          for (int j = 0; j < row.length; j++) {
            row[j] += v * right[at + j];
          }
        }
        for (int j = 0; j < row.length; j++) {
          c[(i * g.m() + r) * g.n() + j] = (float) row[j];
        }
      }
    }
    return HostTensor.of(Shape.of(1, g.batch(), g.m(), g.n()), c);
  }

  @Override
  public void close() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "cuBLAS is closed twice");
    }
    closed = true;
    stream.context().closed("cuBLAS");
  }
}
