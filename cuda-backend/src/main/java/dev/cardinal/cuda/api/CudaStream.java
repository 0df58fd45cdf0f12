package dev.cardinal.cuda.api;

/** Work in order. Every call but {@link #synchronize} and {@link #endCapture} returns before the work is done. */
public interface CudaStream extends AutoCloseable {
  /** Copies from pinned host memory, given by its native address, to the device. */
  void copyToDevice(long destination, long hostSource, long bytes);

  /** Copies from the device to pinned host memory, given by its native address. */
  void copyToHost(long hostDestination, long source, long bytes);

  /** Copies within the device. */
  void copy(long destination, long source, long bytes);

  /** Copies from another device's memory. This stream belongs to the destination's device. */
  void copyFromPeer(long destination, CudaContext sourceDevice, long source, long bytes);

  /** Sets bytes to a value. */
  void fill(long address, byte value, long bytes);

  /** Sets 32-bit words to a value. */
  void fillInts(long address, int value, long count);

  /** Work issued from now on waits until the event, as last recorded, has happened. */
  void waitFor(CudaEvent event);

  /** Waits, on the host, for all work issued so far. */
  void synchronize();

  /** From now on records work instead of doing it; other streams join by waiting for an event that was recorded in this one. Nothing may be allocated or synchronised until {@link #endCapture}. */
  void beginCapture();

  /** The recorded work as an executable graph. */
  CudaGraph endCapture();

  @Override
  void close();
}
