package dev.cardinal.cuda.collective;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.cuda.simulated.SimulatedCuda;
import dev.cardinal.cuda.simulated.SimulatedGpu;
import dev.cardinal.parallel.MeshSuite;
import dev.cardinal.parallel.Mode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/** Meshes of several simulated GPUs, which hold what is exchanged to the order of events: by turns through NCCL and, on a machine without it, by copies from peer to peer. */
class SimulatedMeshTest extends MeshSuite {
  private static final SimulatedCuda WITHOUT_NCCL = SimulatedGpu.available() ? new SimulatedCuda(SimulatedGpu.DEVICES, SimulatedGpu.BYTES).withoutNccl("it was not found") : null;
  private int meshes;

  @BeforeEach
  void requireSimulation() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
  }

  @Override
  protected Device open() {
    return SimulatedGpu.open(SimulatedGpu.cuda(), 1, DeviceOptions.defaults());
  }

  @Override
  protected List<Device> open(int devices) {
    SimulatedCuda machine = meshes++ % 2 == 0 ? SimulatedGpu.cuda() : WITHOUT_NCCL;
    return Stream.iterate(0, i -> i + 1).limit(devices).map(i -> (Device) SimulatedGpu.open(machine, i % SimulatedGpu.DEVICES, DeviceOptions.defaults())).toList();
  }

  /** The division is the same on every engine; here it is the exchange. */
  @Override
  protected int divisionsOfRandomNets() {
    return 1;
  }

  @Override
  protected int randomNetStep() {
    return 3;
  }

  @Override
  protected boolean tries(Mode mode, int devices) {
    return devices == 2 && mode != Mode.HYBRID || devices == 4 && mode == Mode.HYBRID;
  }
}
