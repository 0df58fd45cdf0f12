package dev.cardinal.cuda.api;

/** A prepared operation of one input and one output. */
public interface DnnLayer extends AutoCloseable {
  /** y from x. */
  void forward(long x, long y);

  /** dx from y, dy and x; softmax does not look at x. */
  void backward(long y, long dy, long x, long dx);

  @Override
  void close();
}
