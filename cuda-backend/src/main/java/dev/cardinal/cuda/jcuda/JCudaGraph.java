package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaGraph;
import dev.cardinal.cuda.api.CudaStream;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

final class JCudaGraph implements CudaGraph {
  private final CUgraphExec exec = new CUgraphExec();

  JCudaGraph(CUgraph graph) {
    Check.driver("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(exec, graph, 0), "flags", 0);
  }

  @Override
  public void launch(CudaStream stream) {
    Check.driver("cuGraphLaunch", JCudaDriver.cuGraphLaunch(exec, ((JCudaStream) stream).stream()));
  }

  @Override
  public void close() {
    Check.driver("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(exec));
  }
}
