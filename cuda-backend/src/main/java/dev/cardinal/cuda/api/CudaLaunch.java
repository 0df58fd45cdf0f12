package dev.cardinal.cuda.api;

/** A kernel with its grid and arguments: nothing is left but to issue it. */
public interface CudaLaunch {
  /** Issues it. */
  void launch(CudaStream stream);
}
