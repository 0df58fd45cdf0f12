package dev.cardinal.cuda.api;

import java.nio.ByteBuffer;

/** Page-locked host memory: what asynchronous copies need at the host's end. */
public interface PinnedMemory extends AutoCloseable {
  /** Its native address, for {@link CudaStream#copyToDevice} and {@link CudaStream#copyToHost}. */
  long address();

  /** Its size. */
  long bytes();

  /** A view of a part of it, in the machine's byte order. Must not be used after {@link #close}. */
  ByteBuffer buffer(long offset, int length);

  @Override
  void close();
}
