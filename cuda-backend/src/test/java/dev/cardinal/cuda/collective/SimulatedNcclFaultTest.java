package dev.cardinal.cuda.collective;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.parallel.MeshFaultSuite;
import org.junit.jupiter.api.BeforeEach;

/** Failures in meshes of several simulated GPUs, which exchange through NCCL. */
class SimulatedNcclFaultTest extends MeshFaultSuite {
  private int opened;

  @BeforeEach
  void requireSimulation() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
  }

  @Override
  protected Device open() {
    return SimulatedGpu.open(SimulatedGpu.cuda(), opened++ % SimulatedGpu.DEVICES, DeviceOptions.defaults());
  }
}
