package dev.cardinal.cuda.api;

/**
 * One of cuDNN's ways to compute a direction of a convolution.
 *
 * @param id cuDNN's number within the direction
 * @param mathType cuDNN's math type that goes with it
 * @param workspaceBytes scratch memory that it needs
 * @param deterministic whether it gives the same bits from run to run
 * @param millis time of one run where measured, else negative
 */
public record ConvolutionAlgorithm(int id, int mathType, long workspaceBytes, boolean deterministic, float millis) {}
