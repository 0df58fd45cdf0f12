package dev.cardinal.pass;

import dev.cardinal.graph.Graph;

/** A rewriting of a graph that keeps its meaning. Returns a new graph, or the same one if there is nothing to do. */
public interface Pass {
  /** Name for messages. */
  String name();

  /** The rewritten graph; its inputs, variables, outputs and assignments are those of the given one. */
  Graph run(Graph graph);
}
