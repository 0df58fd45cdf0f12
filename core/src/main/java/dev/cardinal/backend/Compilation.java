package dev.cardinal.backend;

import dev.cardinal.graph.Graph;

/** The way from a graph to a program: the passes, then the device. */
public final class Compilation {
  private Compilation() {}

  /** Compiles with default options. */
  public static Program compile(Device device, Graph graph, Variables variables) {
    return compile(device, graph, variables, CompileOptions.defaults());
  }

  /** Runs the device's passes over the graph and compiles the result for the device. */
  public static Program compile(Device device, Graph graph, Variables variables, CompileOptions options) {
    return device.compile(device.passes().run(graph), variables, options);
  }
}
