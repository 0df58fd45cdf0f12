package dev.cardinal.cuda.api;

/**
 * What the compiler made of a source.
 *
 * @param image what {@link CudaContext#loadModule} takes: a cubin, or PTX with its closing zero
 * @param log warnings; empty if there are none
 */
public record CompiledKernels(byte[] image, String log) {}
