package dev.cardinal.cuda.api;

/** A point in a stream. */
public interface CudaEvent extends AutoCloseable {
  /** Moves the event to the end of the stream's work so far. */
  void record(CudaStream stream);

  /** Waits, on the host, until it has happened; at once if it was never recorded. */
  void synchronize();

  /** Whether it has happened. */
  boolean happened();

  /** Milliseconds from an earlier event to this one. Both were made for timing and have happened. */
  float millisSince(CudaEvent start);

  @Override
  void close();
}
