package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.conformance.ConformanceSuite;
import dev.cardinal.cuda.lowering.CudaLowerings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The shared conformance suite on the lowerings and kernels for GPUs, run by the simulated one. */
class SimulatedConformanceTest extends ConformanceSuite {
  SimulatedConformanceTest() {
    super("simulated:0");
  }

  @Test
  void everyOperationHasALowering() {
    assertEquals(List.of(), CudaLowerings.ALL.missing());
  }
}
