package dev.cardinal.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Names every operation that the reference engine cannot run. */
class ReferenceCoverageTest {
  @Test
  void everyOperationHasAKernel() {
    assertEquals(List.of(), Kernels.ALL.missing());
  }
}
