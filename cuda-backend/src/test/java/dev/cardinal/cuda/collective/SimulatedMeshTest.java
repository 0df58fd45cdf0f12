package dev.cardinal.cuda.collective;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.parallel.MeshSuite;
import dev.cardinal.parallel.Mode;
import org.junit.jupiter.api.BeforeEach;

/** Meshes of several simulated GPUs, which hold copies between peers to the order of events. */
class SimulatedMeshTest extends MeshSuite {
  private int opened;

  @BeforeEach
  void requireSimulation() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
  }

  @Override
  protected Device open() {
    return SimulatedGpu.open(SimulatedGpu.cuda(), opened++ % SimulatedGpu.DEVICES, DeviceOptions.defaults());
  }

  /** The division is the same on every engine; here it is the exchange. */
  @Override
  protected int randomNets() {
    return 4;
  }

  @Override
  protected boolean tries(Mode mode, int devices) {
    return devices == 2 && mode != Mode.HYBRID || devices == 4 && mode == Mode.HYBRID;
  }
}
