/**
 * One lowering per operation: which kernels and library calls make it up.
 *
 * <p>Depends on {@code plan}, {@code api} and the core's {@code op} and {@code graph}. Start at {@link dev.cardinal.cuda.lowering.CudaLowerings}.
 */
package dev.cardinal.cuda.lowering;
