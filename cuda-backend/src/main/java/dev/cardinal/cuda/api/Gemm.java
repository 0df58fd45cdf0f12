package dev.cardinal.cuda.api;

import dev.cardinal.tensor.DType;

/**
 * A batch of column-major products {@code c = op(a) op(b)}, with op(a) {@code [m, k]}, op(b) {@code [k, n]}, c {@code [m, n]}. Row-major callers swap a with b and m with n.
 *
 * @param transA whether op(a) is a's transpose
 * @param transB whether op(b) is b's transpose
 * @param m rows of c
 * @param n columns of c
 * @param k length of the sums
 * @param lda elements from one column of a to the next
 * @param ldb elements from one column of b to the next
 * @param ldc elements from one column of c to the next
 * @param batch number of products
 * @param strideA elements from one a to the next; 0 to use one for all
 * @param strideB elements from one b to the next; 0 to use one for all
 * @param strideC elements from one c to the next
 * @param inputs type of a and b
 * @param output type of c
 * @param math how float32 inputs may be multiplied
 */
public record Gemm(boolean transA, boolean transB, int m, int n, int k, int lda, int ldb, int ldc, int batch, long strideA, long strideB, long strideC, DType inputs, DType output, MathMode math) {
  /** One product of float32 matrices without gaps. */
  public static Gemm f32(boolean transA, boolean transB, int m, int n, int k, MathMode math) {
    return new Gemm(transA, transB, m, n, k, transA ? k : m, transB ? n : k, m, 1, 0, 0, 0, DType.F32, DType.F32, math);
  }

  /** The same, many times over. */
  public Gemm batched(int count, long a, long b, long c) {
    return new Gemm(transA, transB, m, n, k, lda, ldb, ldc, count, a, b, c, inputs, output, math);
  }
}
