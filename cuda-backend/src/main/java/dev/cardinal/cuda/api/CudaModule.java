package dev.cardinal.cuda.api;

/** Loaded kernels. */
public interface CudaModule extends AutoCloseable {
  /** The kernel of that ({@code extern "C"}) name. */
  CudaFunction function(String name);

  @Override
  void close();
}
