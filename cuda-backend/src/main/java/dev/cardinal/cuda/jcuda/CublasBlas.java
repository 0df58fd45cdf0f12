package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.Blas;
import dev.cardinal.cuda.api.Gemm;
import dev.cardinal.cuda.api.MathMode;
import dev.cardinal.tensor.DType;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;

final class CublasBlas implements Blas {
  private static final int DEFAULT_ALGORITHM = -1;
  private final cublasHandle handle = new cublasHandle();

  CublasBlas(JCudaStream stream) {
    Check.blas("cublasCreate", JCublas2.cublasCreate(handle));
    Check.blas("cublasSetStream", JCublas2.cublasSetStream(handle, stream.runtimeStream()));
  }

  @Override
  public int version() {
    int[] v = new int[1];
    Check.blas("cublasGetVersion", JCublas2.cublasGetVersion(handle, v));
    return v[0];
  }

  @Override
  public void setWorkspace(long address, long bytes) {
    Check.blas("cublasSetWorkspace", JCublas2.cublasSetWorkspace(handle, DeviceAddress.of(address), bytes), "bytes", bytes);
  }

  @Override
  public void gemm(Gemm g, float alpha, long a, long b, float beta, long c) {
    int compute = g.math() == MathMode.TF32 && g.inputs() == DType.F32 ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F;
    int code = JCublas2.cublasGemmStridedBatchedEx_new(handle, operation(g.transA()), operation(g.transB()), g.m(), g.n(), g.k(), Pointer.to(new float[] {alpha}), DeviceAddress.of(a),
        type(g.inputs()), g.lda(), g.strideA(), DeviceAddress.of(b), type(g.inputs()), g.ldb(), g.strideB(), Pointer.to(new float[] {beta}), DeviceAddress.of(c), type(g.output()), g.ldc(),
        g.strideC(), g.batch(), compute, DEFAULT_ALGORITHM);
    Check.blas("cublasGemmStridedBatchedEx", code, "shape", g);
  }

  private static int operation(boolean transpose) {
    return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  private static int type(DType t) {
    return switch (t) {
      case F32 -> cudaDataType.CUDA_R_32F;
      case F16 -> cudaDataType.CUDA_R_16F;
      case BF16 -> cudaDataType.CUDA_R_16BF;
      default -> throw new IllegalArgumentException("matrix products take f32, f16 and bf16, got " + t);
    };
  }

  @Override
  public void close() {
    Check.blas("cublasDestroy", JCublas2.cublasDestroy(handle));
  }
}
