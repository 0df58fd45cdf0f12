package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
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
import org.junit.jupiter.api.Test;

/** Wide pointwise convolutions at few positions, which are products of matrices: small whole numbers, so that every sum is exact, against the reference. */
class PointwiseConvolutionsTest {
  private final PhiloxRandom random = new PhiloxRandom(11, 1);

  @Test
  void areExact() {
    try (Device cpu = Devices.open("cpu"); Device reference = Devices.open("cpu:reference")) {
      for (int i = 0; i < 12; i++) {
        cases((op, in) -> assertArrayEquals(SingleOp.run(reference, op, in).get(0).floats(), SingleOp.run(cpu, op, in).get(0).floats(), op.toString()));
      }
    }
  }

  @Test
  void areExactToTheRoundingOfTheResultInBfloat16() {
    try (Device cpu = Devices.open("cpu", new DeviceOptions(0, false, Precision.BFLOAT16)); Device reference = Devices.open("cpu:reference")) {
      for (int i = 0; i < 12; i++) {
        cases((op, in) -> {
          float[] want = SingleOp.run(reference, op, in).get(0).floats();
          float[] got = SingleOp.run(cpu, op, in).get(0).floats();
          for (int j = 0; j < want.length; j++) {
            assertEquals(want[j], got[j], Math.abs(want[j]) / 256, op + " at " + j);
          }
        });
      }
    }
  }

  private interface Check {
    void of(Op op, HostTensor... in);
  }

  private void cases(Check check) {
    int in = 128 + random.nextInt(70);
    int out = 128 + random.nextInt(70);
    int batch = 1 + random.nextInt(3);
    int h = 1 + random.nextInt(6);
    int w = 2 + random.nextInt(6);
    ConvGeometry g = ConvGeometry.of(2);
    HostTensor x = numbers(batch, in, h, w);
    HostTensor dy = numbers(batch, out, h, w);
    HostTensor weights = numbers(out, in, 1, 1);
    check.of(new Conv(g), x, weights);
    check.of(new Conv(g, Activation.Kind.RELU), x, weights, numbers(out));
    check.of(new ConvBackwardData(g, Spatial.of(h, w)), dy, weights);
    check.of(new ConvBackwardData(g, Spatial.of(h, w), Activation.Kind.RELU), dy, weights, numbers(in));
    check.of(new ConvBackwardWeights(g, Spatial.of(1, 1)), x, dy);
  }

  private HostTensor numbers(int... dims) {
    return HostTensor.generate(TensorType.f32(dims), i -> random.nextInt(9) - 4);
  }

  /** Otherwise this test would prove nothing of them. */
  @Test
  void areProductsHere() {
    try (Device cpu = Devices.open("cpu"); Variables v = cpu.newVariables()) {
      Graph g = new Graph();
      g.output("y", g.add(new Conv(ConvGeometry.of(2)), g.input("x", TensorType.f32(2, 160, 5, 6)), g.variable("w", TensorType.f32(130, 160, 1, 1))));
      try (Program p = cpu.compile(g, v, new CompileOptions(true))) {
        p.run(java.util.Map.of("x", numbers(2, 160, 5, 6)));
        assertTrue(p.profile().stream().anyMatch(t -> t.op().equals("Conv") && t.detail().contains("matmul")), p.profile().toString());
      }
    }
  }
}
