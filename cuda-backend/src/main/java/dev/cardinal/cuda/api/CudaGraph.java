package dev.cardinal.cuda.api;

/** Captured work, ready to be launched again and again as a whole. */
public interface CudaGraph extends AutoCloseable {
  /** Issues the whole work to a stream. */
  void launch(CudaStream stream);

  @Override
  void close();
}
