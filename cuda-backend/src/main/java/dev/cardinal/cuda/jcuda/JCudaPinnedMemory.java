package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.PinnedMemory;
import java.nio.ByteBuffer;
import jcuda.driver.JCudaDriver;

/** Memory of {@code cuMemHostAlloc}, usable by every context. JCuda views it as one byte buffer, so it has less than 2 GiB. */
final class JCudaPinnedMemory implements PinnedMemory {
  private final HostAddress pointer = new HostAddress();
  private final long bytes;

  JCudaPinnedMemory(long bytes) {
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("pinned memory comes in pieces of less than 2 GiB, got " + bytes + " bytes; use several");
    }
    Check.driver("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE), "bytes", bytes);
    this.bytes = bytes;
  }

  @Override
  public long address() {
    return pointer.address();
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public ByteBuffer buffer(long offset, int length) {
    return pointer.getByteBuffer(offset, length);
  }

  @Override
  public void close() {
    Check.driver("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer), "bytes", bytes);
  }
}
