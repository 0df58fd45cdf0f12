package dev.cardinal.cpu.parallel;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.parallel.MeshSuite;

/** Meshes of oneDNN devices that share the processor. */
class CpuMeshTest extends MeshSuite {
  @Override
  protected Device open() {
    return Devices.open("cpu", new DeviceOptions(1, false));
  }

  /** The division is the same on every engine and tried at length on the reference's; here it is the exchange of native memory. */
  @Override
  protected int divisionsOfRandomNets() {
    return 2;
  }
}
