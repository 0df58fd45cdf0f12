package dev.cardinal.backend;

import dev.cardinal.graph.Graph;
import dev.cardinal.pass.Pipeline;

/** An opened device. Owns what it allocates; closing it after its programs and variables frees everything. Not thread-safe. */
public interface Device extends AutoCloseable {
  /** What it is. */
  DeviceInfo info();

  /** New storage for the variables of programs on this device. */
  Variables newVariables();

  /**
   * Turns a graph, as it stands, into a program: kernels chosen, workspaces sized, memory planned. Most callers want {@link Compilation#compile}, which runs the passes first.
   *
   * @param variables where the graph's variables live; programs that are given the same storage share variables of the same name. Those that are not there yet are added, as zeros
   * @throws DeviceException if the device cannot run an operation or has too little memory, naming operation, shapes, bytes needed and bytes free
   */
  Program compile(Graph graph, Variables variables, CompileOptions options);

  /** The passes that a graph goes through before {@link #compile}. */
  default Pipeline passes() {
    return Pipeline.standard();
  }

  @Override
  void close();
}
