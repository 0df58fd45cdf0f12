package dev.cardinal.cuda.collective;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.parallel.MeshFaultSuite;
import org.junit.jupiter.api.BeforeEach;

/** Failures in meshes of one simulated GPU that is named several times. */
class SimulatedMeshFaultTest extends MeshFaultSuite {
  @BeforeEach
  void requireSimulation() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
  }

  @Override
  protected Device open() {
    return SimulatedGpu.open(SimulatedGpu.cuda(), 0, DeviceOptions.defaults());
  }
}
