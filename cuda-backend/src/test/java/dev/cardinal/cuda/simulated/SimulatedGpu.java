package dev.cardinal.cuda.simulated;

import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.CudaDevice;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.lowering.CudaLowerings;
import java.util.Map;

/** Simulated GPUs, ready to use. */
public final class SimulatedGpu {
  /** Number of devices of {@link #cuda}. */
  public static final int DEVICES = 4;

  /** Memory of each of them. */
  public static final long BYTES = 4L << 30;

  private static final boolean X86 = System.getProperty("os.arch").equals("amd64");
  private static final String ALGORITHMS = "cardinal.cuda.algorithms";
  private static SimulatedCuda cuda;

  static {
    // What is measured here says nothing and must not be remembered; a test of measuring sets the property itself.
    if (System.getProperty(ALGORITHMS) == null) {
      System.setProperty(ALGORITHMS, "estimated");
    }
  }

  private SimulatedGpu() {}

  /** Whether this machine can simulate one. */
  public static boolean available() {
    return problem().isEmpty();
  }

  /** Why it cannot; empty if it can. */
  public static String problem() {
    if (!System.getProperty("os.name").equals("Linux") || !X86 && !System.getProperty("os.arch").equals("aarch64")) {
      return "GPUs are simulated on Linux on x86-64 and AArch64 only";
    }
    return HostCompiler.present() ? "" : "there is no C++ compiler (g++) on the path to compile kernels for the host";
  }

  /** The simulated machine that the tests of a process share. */
  public static synchronized SimulatedCuda cuda() {
    if (cuda == null) {
      cuda = new SimulatedCuda(DEVICES, BYTES);
    }
    return cuda;
  }

  /** The first GPU, with default options. */
  public static CudaDevice open() {
    return open(cuda(), 0, DeviceOptions.defaults());
  }

  /** A GPU of a simulated machine. */
  public static CudaDevice open(SimulatedCuda machine, int ordinal, DeviceOptions options) {
    DeviceProperties p = machine.devices().get(ordinal);
    return new CudaDevice(machine, ordinal, DeviceInfo.usable("cuda:" + ordinal, "CUDA, simulated", p.name(), Map.of()), options, CudaLowerings.ALL);
  }
}
