package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.Variables;
import dev.cardinal.cuda.CudaDevice;
import dev.cardinal.graph.Graph;
import dev.cardinal.graph.Value;
import dev.cardinal.op.Binary;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Spatial;
import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A program that is too large says what it needs, what there is, what takes most, and which batch would fit; and that batch fits. */
class MemoryRunsOutTest {
  private static final long BYTES = 48L << 20;
  private static final int BATCH = 64;

  private static Graph net(int batch) {
    Graph g = new Graph();
    Value x = g.input("images", new TensorType(DType.F32, Shape.of(batch, 3, 64, 64)));
    Value w = g.variable("conv1.weight", new TensorType(DType.F32, Shape.of(32, 3, 3, 3)));
    Spatial one = Spatial.of(1, 1);
    Graph.Scope scope = g.scope("conv1");
    Value y = g.add(new Conv(new ConvGeometry(one, one, one, one, 1)), x, w);
    scope.close();
    g.output("y", g.add(new Binary(Binary.Kind.ADD), y, y));
    return g;
  }

  @Test
  void saysWhatWouldFit() {
    assumeTrue(SimulatedGpu.available(), SimulatedGpu::problem);
    SimulatedCuda small = new SimulatedCuda(1, BYTES);
    try (CudaDevice device = SimulatedGpu.open(small, 0, DeviceOptions.defaults()); Variables variables = device.newVariables()) {
      DeviceException e = assertThrows(DeviceException.class, () -> device.compile(net(BATCH), variables, CompileOptions.defaults()));
      Matcher m = Pattern.compile("the program needs (\\d+\\.\\d) MiB of memory on Simulated GPU, where (\\d+\\.\\d) MiB are free; the largest values are (.*); a batch of (\\d+) instead of 64 would fit")
          .matcher(e.getMessage());
      assertTrue(m.matches(), e.getMessage());
      assertTrue(m.group(3).contains("conv1") && m.group(3).contains("images"), e.getMessage());
      int fits = Integer.parseInt(m.group(4));
      try (Program p = device.compile(net(fits), variables, CompileOptions.defaults())) {
        assertTrue(p.info().arenaBytes() <= BYTES);
      }
    }
  }
}
