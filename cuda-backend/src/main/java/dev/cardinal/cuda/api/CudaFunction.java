package dev.cardinal.cuda.api;

import java.util.List;

/** A kernel. Lives as long as its module. */
public interface CudaFunction {
  /** The name it was found by. */
  String name();

  /** Registers per thread. */
  int registers();

  /** Bytes of local memory per thread: above zero, registers were spilled or arrays indexed dynamically. */
  int localBytes();

  /** Lets launches have that much dynamic shared memory, up to {@link DeviceProperties#sharedBytesPerBlockOptIn}. */
  void allowSharedBytes(int bytes);

  /** A launch with everything fixed, in the order of the kernel's parameters. */
  CudaLaunch prepare(LaunchShape shape, List<KernelArg> args);
}
