package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;

/** Captured work. */
final class SimulatedGraph implements CudaGraph {
  private final SimulatedContext context;
  private final Capture work;
  private boolean closed;

  SimulatedGraph(SimulatedContext context, Capture work) {
    this.context = context;
    this.work = work;
  }

  @Override
  public void launch(CudaStream stream) {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "a graph is launched after it was closed");
    }
    ((SimulatedStream) stream).launch(work);
  }

  @Override
  public void close() {
    if (closed) {
      throw new SimulatedFault(Kind.USE_AFTER_CLOSE, "a graph is closed twice");
    }
    closed = true;
    context.closed("graph");
  }
}
