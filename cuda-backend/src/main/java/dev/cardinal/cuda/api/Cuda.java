package dev.cardinal.cuda.api;

import java.util.List;

/** A CUDA installation with its devices. */
public interface Cuda {
  /** The devices, by ordinal. Empty if the driver sees none. */
  List<DeviceProperties> devices();

  /** Version of the CUDA that the driver supports, as in 12060 for 12.6. */
  int driverVersion();

  /** Opens a device, by sharing its primary context, and makes that current to this thread. */
  CudaContext open(int ordinal);

  /** NVRTC. It needs no device. */
  RuntimeCompiler compiler();

  /** NCCL, which is looked for and loaded when first asked for; machines need not have it. */
  default NcclAccess nccl() {
    return NcclAccess.none("NCCL does not belong to this CUDA");
  }
}
