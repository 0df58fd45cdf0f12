package dev.cardinal.cuda.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.cuda.kernel.KernelSources;
import dev.cardinal.op.Collective;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nothing is forgotten. */
final class CudaCoverageTest {
  /** One device by itself exchanges nothing. */
  private static final List<String> OF_SEVERAL_DEVICES = List.of(Collective.class.getSimpleName());

  @Test
  void everyOperationHasALowering() {
    List<String> missing = CudaLowerings.ALL.missing().stream().filter(o -> !OF_SEVERAL_DEVICES.contains(o)).toList();
    assertEquals(List.of(), missing, "operations without a lowering for GPUs; add one to a family's list");
  }

  @Test
  void everyKernelFamilyIsThereOnce() {
    List<String> names = KernelSources.names();
    assertEquals(names.stream().distinct().toList(), names);
    names.forEach(n -> {
      String source = KernelSources.source(n);
      assertTrue(source.contains("extern \"C\" __global__ void") && !source.contains("#include"), n + " has no kernel, or takes in a file that is not there");
    });
  }
}
