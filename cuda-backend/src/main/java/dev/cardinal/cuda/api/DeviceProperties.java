package dev.cardinal.cuda.api;

/**
 * What a device is.
 *
 * @param ordinal its number, from 0
 * @param name as in {@code NVIDIA H100 80GB HBM3}
 * @param major of its compute capability
 * @param minor of its compute capability
 * @param multiprocessors number of SMs
 * @param totalBytes device memory
 * @param l2Bytes its second-level cache
 * @param sharedBytesPerBlock shared memory a block may have without opting in
 * @param sharedBytesPerBlockOptIn shared memory a block may have after {@link CudaFunction#allowSharedBytes}
 */
public record DeviceProperties(int ordinal, String name, int major, int minor, int multiprocessors, long totalBytes, int l2Bytes, int sharedBytesPerBlock, int sharedBytesPerBlockOptIn) {
  /** The architecture as compilers name it, as in {@code sm_90}. */
  public String architecture() {
    return "sm_" + major + minor;
  }

  /** Compute capability as one number, as in 90. */
  public int capability() {
    return major * 10 + minor;
  }
}
