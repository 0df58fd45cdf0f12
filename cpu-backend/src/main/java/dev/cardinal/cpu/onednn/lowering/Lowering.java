package dev.cardinal.cpu.onednn.lowering;

import dev.cardinal.cpu.onednn.plan.Build;
import dev.cardinal.graph.Node;

/** Turns a node into steps. */
@FunctionalInterface
public interface Lowering {
  /** Adds the node's steps, having declared all its outputs that are used. */
  void lower(Node n, Build b);
}
