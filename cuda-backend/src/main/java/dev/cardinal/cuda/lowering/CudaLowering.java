package dev.cardinal.cuda.lowering;

import dev.cardinal.cuda.plan.CudaBuild;
import dev.cardinal.graph.Node;

/** How an operation becomes steps on a GPU. */
public interface CudaLowering {
  /**
   * Adds the steps of a node.
   *
   * @throws dev.cardinal.backend.DeviceException if it cannot, naming the operation, its shapes and the fix
   */
  void lower(Node node, CudaBuild build);
}
