package dev.cardinal.cuda.jcuda;

import jcuda.driver.CUdeviceptr;

/** Device addresses between {@code long} and JCuda's pointers, which keep theirs out of sight. */
final class DeviceAddress extends CUdeviceptr {
  /** To be set by a call that allocates. */
  DeviceAddress() {}

  private DeviceAddress(long address) {
    super(new CUdeviceptr(), address);
  }

  /** The pointer for an address. */
  static CUdeviceptr of(long address) {
    return new DeviceAddress(address);
  }

  /** The address that a call has set. */
  long address() {
    return getNativePointer() + getByteOffset();
  }
}
