package dev.cardinal.backend;

/**
 * Sizes and times of a compiled program.
 *
 * @param steps launches per run
 * @param arenaBytes memory for all values computed in a run, planned by liveness
 * @param unsharedBytes what the same values would take if each had memory of its own
 * @param workspaceBytes scratch memory of the kernels
 * @param compileSeconds time the compilation took
 */
public record ProgramInfo(int steps, long arenaBytes, long unsharedBytes, long workspaceBytes, double compileSeconds) {}
