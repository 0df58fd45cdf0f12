package dev.cardinal.cuda.lowering.convolution;

import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;

/** One way to compute a task. */
interface Implementation {
  /** How it is known in the cache of choices and in profiles: one word, or several with single spaces. */
  String name();

  /** Adds its steps to a program. */
  void lower(ConvTask task, Node node, CudaBuild build);
}
