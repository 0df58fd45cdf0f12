package dev.cardinal.cpu.parallel;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.parallel.MeshTrainingSuite;

/** Trainings on meshes of {@code cpu} devices. */
class CpuMeshTrainingTest extends MeshTrainingSuite {
  @Override
  protected Device open() {
    return Devices.open("cpu", new DeviceOptions(1, false));
  }
}
