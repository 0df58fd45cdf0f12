package dev.cardinal.cuda;

import dev.cardinal.backend.DeviceInfo;
import java.util.List;

/** The first program of a GPU check: says what GPUs there are, and fails with one line if none can be used. */
public final class GpuReady {
  private static final int NO_GPU = 3;

  private GpuReady() {}

  /** Exit code 0 if a GPU can be used, else 3. */
  public static void main(String[] args) {
    List<DeviceInfo> devices = new CudaProvider().devices();
    boolean usable = devices.stream().anyMatch(DeviceInfo::usable);
    for (DeviceInfo d : devices) {
      System.out.println(d.usable() ? d.name() + ": " + d.engine() + ", " + d.hardware() + ", " + d.details() : d.name() + " cannot be used: " + d.problem() + ". " + d.fix() + ".");
    }
    System.exit(usable ? 0 : NO_GPU);
  }
}
