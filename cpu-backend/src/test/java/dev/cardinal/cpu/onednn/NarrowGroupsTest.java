package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.binding.OneDnn;
import dev.cardinal.graph.Graph;
import dev.cardinal.op.Activation;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Many groups of few channels, whose convolutions are depthwise ones over sorted channels: small whole numbers, so that every sum is exact, against the reference. */
class NarrowGroupsTest {
  private static final int CASES = 40;
  /** ReLU may give zeros of either sign. */
  private static final float EITHER_ZERO = 1e-3f;
  private final PhiloxRandom random = new PhiloxRandom(23, 5);
  private final WholeNumbers numbers = new WholeNumbers(random);

  @Test
  void areExact() {
    try (Device cpu = Devices.open("cpu"); Device reference = Devices.open("cpu:reference")) {
      for (int i = 0; i < CASES; i++) {
        cases(1 + i % 2, (op, in) -> assertArrayEquals(SingleOp.run(reference, op, in).get(0).floats(), SingleOp.run(cpu, op, in).get(0).floats(), EITHER_ZERO, op.toString()));
      }
    }
  }

  private interface Check {
    void of(Op op, HostTensor... in);
  }

  /** One shape, with or without stride, padding on all sides and dilation, in all three directions. */
  private void cases(int rank, Check check) {
    int groups = 16 * (1 + random.nextInt(2));
    int in = 1 + random.nextInt(4);
    int out = in == 1 ? 2 + random.nextInt(3) : 1 + random.nextInt(4);
    int batch = 1 + random.nextInt(3);
    int[] kernel = numbers.sizes(rank, 3, 3);
    int[] low = numbers.sizes(rank, 0, 3);
    int[] high = numbers.sizes(rank, 0, 3);
    int[] stride = random.nextInt(2) == 0 ? new int[] {1, 1} : numbers.sizes(2, 1, 3);
    int[] dilation = {1, 1 + random.nextInt(2)};
    int[] size = new int[rank];
    for (int a = 0; a < rank; a++) {
      kernel[a] = Math.max(1, kernel[a] - random.nextInt(2) * (rank - 1));
      size[a] = dilation[2 - rank + a] * (kernel[a] - 1) + 1 + random.nextInt(9);
    }
    Spatial s = rank == 2 ? Spatial.of(stride) : Spatial.of(stride[1]);
    Spatial d = rank == 2 ? Spatial.of(dilation) : Spatial.of(dilation[1]);
    ConvGeometry g = new ConvGeometry(s, Spatial.of(low), Spatial.of(high), d, groups);
    HostTensor x = numbers.tensor(WholeNumbers.dims(batch, groups * in, size));
    HostTensor w = numbers.tensor(WholeNumbers.dims(groups * out, in, kernel));
    TensorType y = new Conv(g).infer(List.of(x.type(), w.type())).get(0);
    HostTensor dy = numbers.tensor(y.shape().dims());
    check.of(new Conv(g), x, w);
    check.of(new Conv(g, Activation.Kind.RELU), x, w, numbers.tensor(groups * out));
    check.of(new ConvBackwardData(g, Spatial.of(size)), dy, w);
    check.of(new ConvBackwardData(g, Spatial.of(size), Activation.Kind.RELU), dy, w, numbers.tensor(groups * in));
    check.of(new ConvBackwardWeights(g, Spatial.of(kernel)), x, dy);
  }

  /** Otherwise this test would prove nothing of them. */
  @Test
  void areSortedHere() {
    Assumptions.assumeTrue(OneDnn.instructionSet().startsWith("AVX-512"), "without measurements other processors take the library's kernel");
    TensorType x = TensorType.f32(2, 128, 9, 10);
    TensorType w = TensorType.f32(128, 4, 3, 3);
    ConvGeometry g = ConvGeometry.of(2, 1, 1, 1, 32);
    Graph graph = new Graph();
    graph.output("y", graph.add(new Conv(g), graph.input("x", x), graph.input("w", w)));
    graph.output("dx", graph.add(new ConvBackwardData(g, Spatial.of(9, 10)), graph.input("dy", x), graph.input("w2", w)));
    graph.output("dw", graph.add(new ConvBackwardWeights(g, Spatial.of(3, 3)), graph.input("x2", x), graph.input("dy2", x)));
    try (Device cpu = Devices.open("cpu"); Variables v = cpu.newVariables(); Program p = cpu.compile(graph, v, new CompileOptions(true))) {
      HostTensor map = HostTensor.generate(x, i -> random.nextGaussian());
      HostTensor weights = HostTensor.generate(w, i -> random.nextGaussian());
      Map<String, HostTensor> in = Map.of("x", map, "w", weights, "dy", map, "w2", weights, "x2", map, "dy2", map);
      p.run(in);
      assertEquals(3, p.profile().stream().filter(t -> t.detail().endsWith("narrow groups")).count(), p.profile().toString());
      for (String name : new String[] {"y", "dx", "dw"}) {
        float[] first = p.read(name).floats();
        p.run(in);
        assertArrayEquals(first, p.read(name).floats(), "bits of " + name + " in a second run");
      }
    }
  }

  @Test
  void otherKindsAreTheLibrarys() {
    Graph graph = new Graph();
    graph.output("dilated", graph.add(new Conv(ConvGeometry.of(2, 1, 2, 2, 32)), graph.input("x", TensorType.f32(2, 128, 9, 10)), graph.input("w", TensorType.f32(128, 4, 3, 3))));
    graph.output("depthwise", graph.add(new Conv(ConvGeometry.of(2, 1, 1, 1, 32)), graph.input("x2", TensorType.f32(2, 32, 9, 10)), graph.input("w2", TensorType.f32(32, 1, 3, 3))));
    graph.output("pointwise", graph.add(new Conv(ConvGeometry.of(2, 1, 0, 1, 32)), graph.input("x3", TensorType.f32(2, 128, 9, 10)), graph.input("w3", TensorType.f32(128, 4, 1, 1))));
    try (Device cpu = Devices.open("cpu"); Variables v = cpu.newVariables(); Program p = cpu.compile(graph, v, new CompileOptions(true))) {
      assertTrue(p.profile().stream().noneMatch(t -> t.detail().endsWith("narrow groups")), p.profile().toString());
    }
  }
}
