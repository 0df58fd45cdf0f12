package dev.cardinal.cuda.simulated;

import dev.cardinal.backend.BackendProvider;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Offers the simulated GPUs to tests that open devices by name: {@code simulated:0} to {@code simulated:3}. They are nobody's first choice. */
public final class SimulatedProvider implements BackendProvider {
  private static final String PREFIX = "simulated:";

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public int preference() {
    return -1;
  }

  @Override
  public List<DeviceInfo> devices() {
    List<DeviceInfo> all = new ArrayList<>();
    for (int i = 0; i < SimulatedGpu.DEVICES; i++) {
      all.add(SimulatedGpu.available() ? DeviceInfo.usable(PREFIX + i, "CUDA, simulated", "Simulated GPU", Map.of())
          : DeviceInfo.unusable(PREFIX + i, "CUDA, simulated", SimulatedGpu.problem(), "Install g++", Map.of()));
    }
    return all;
  }

  @Override
  public Device open(String name, DeviceOptions options) {
    if (!SimulatedGpu.available()) {
      throw new DeviceException("device " + name + " cannot be used: " + SimulatedGpu.problem());
    }
    return SimulatedGpu.open(SimulatedGpu.cuda(), Integer.parseInt(name.substring(PREFIX.length())), options);
  }
}
