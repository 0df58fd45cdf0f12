/**
 * PyTorch as an independent oracle: both CPU engines against it, on random configurations. Compiled and run by the Maven profile {@code oracle} only, because PyTorch is a download of some 100 MB.
 *
 * <p>PyTorch computes in float64 on the float32 inputs, so a difference is the engine's. Start at {@link dev.cardinal.cpu.oracle.ConvolutionOracleTest}.
 */
package dev.cardinal.cpu.oracle;
