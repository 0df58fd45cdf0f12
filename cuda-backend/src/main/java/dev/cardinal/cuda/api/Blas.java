package dev.cardinal.cuda.api;

/** cuBLAS: column-major matrix products. */
public interface Blas extends AutoCloseable {
  /** Version, as in 120604. */
  int version();

  /** Gives it scratch memory of the caller's, so that it allocates none of its own, which capture forbids: 32 MiB on compute capability 9.0 and later, 4 MiB before. */
  void setWorkspace(long address, long bytes);

  /** {@code c = alpha op(a) op(b) + beta c}, for every matrix of the batch. */
  void gemm(Gemm shape, float alpha, long a, long b, float beta, long c);

  @Override
  void close();
}
