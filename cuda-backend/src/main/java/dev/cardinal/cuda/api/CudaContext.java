package dev.cardinal.cuda.api;

/** An opened device. Closing it frees nothing that was made from it: owners close their own before. */
public interface CudaContext extends AutoCloseable {
  /** What the device is. */
  DeviceProperties properties();

  /** Memory free and total now. */
  MemoryInfo memory();

  /** Makes the context current to the calling thread. */
  void makeCurrent();

  /** Waits for everything on the device. */
  void synchronize();

  /**
   * Device memory, not cleared, aligned to 256 bytes at least.
   *
   * @throws CudaException with {@link CudaException#outOfMemory} if there is too little
   */
  long allocate(long bytes);

  /** Frees memory from {@link #allocate}; waits for the device. */
  void free(long address);

  /**
   * Says that some bytes of an allocation hold one thing by themselves. Several may hold the same bytes in turns. Hardware does not look at that; the simulated device holds library calls to it.
   */
  default void part(long address, long bytes) {}

  /** Page-locked host memory, not cleared. */
  PinnedMemory allocatePinned(long bytes);

  /** A stream that does not wait for the default stream. */
  CudaStream newStream();

  /** An event; only those made for timing have {@link CudaEvent#millisSince}. */
  CudaEvent newEvent(boolean timing);

  /** Copies a primitive array's first elements to the device and waits. */
  void copyToDevice(long destination, Object array, int elements);

  /** Copies from the device into a primitive array's first elements and waits. */
  void copyToHost(Object array, long source, int elements);

  /** Lets kernels and copies of this device reach the other's memory directly; false if the hardware cannot. */
  boolean enablePeerAccess(CudaContext peer);

  /** Loads a compiled image for this device. */
  CudaModule loadModule(byte[] image);

  /** cuDNN, issuing to that stream. */
  Dnn newDnn(CudaStream stream);

  /** cuBLAS, issuing to that stream. */
  Blas newBlas(CudaStream stream);

  @Override
  void close();
}
