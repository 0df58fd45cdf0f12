package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Precision;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.op.Conv;
import dev.cardinal.op.ConvBackwardData;
import dev.cardinal.op.ConvBackwardWeights;
import dev.cardinal.op.ConvGeometry;
import dev.cardinal.op.Linear;
import dev.cardinal.op.Op;
import dev.cardinal.op.Spatial;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import org.junit.jupiter.api.Test;

/** Products on bfloat16 operands stay within that type's rounding (2^-8 of each operand) of the reference. */
class ReducedPrecisionTest {
  private final PhiloxRandom random = new PhiloxRandom(7, 1);

  @Test
  void productsStayWithinTheRoundingOfTheirOperands() {
    assumeTrue(Devices.list().stream().anyMatch(d -> d.name().equals("cpu") && d.usable()), "no oneDNN on this platform");
    ConvGeometry dense = ConvGeometry.of(2, 1, 1, 1, 1);
    ConvGeometry grouped = ConvGeometry.of(2, 2, 1, 1, 4);
    check(new Conv(dense), normal(2, 32, 9, 9), normal(48, 32, 3, 3));
    check(new Conv(grouped), normal(2, 64, 9, 9), normal(32, 16, 3, 3));
    check(new ConvBackwardData(grouped, Spatial.of(9, 9)), normal(2, 32, 5, 5), normal(32, 16, 3, 3));
    check(new ConvBackwardWeights(dense, Spatial.of(3, 3)), normal(2, 32, 9, 9), normal(2, 48, 9, 9));
    check(new ConvBackwardWeights(grouped, Spatial.of(3, 3)), normal(2, 64, 9, 9), normal(2, 32, 5, 5));
    check(new Linear(), normal(4, 100), normal(30, 100));
  }

  private HostTensor normal(int... dims) {
    return HostTensor.generate(TensorType.f32(dims), i -> random.nextGaussian());
  }

  private static void check(Op op, HostTensor a, HostTensor b) {
    try (Device reduced = Devices.open("cpu", new DeviceOptions(0, false, Precision.BFLOAT16)); Device exact = Devices.open("cpu:reference")) {
      HostTensor got = SingleOp.run(reduced, op, a, b).get(0);
      HostTensor expected = SingleOp.run(exact, op, a, b).get(0);
      double error = 0;
      double norm = 0;
      for (int i = 0; i < got.size(); i++) {
        error += Math.pow(got.get(i) - expected.get(i), 2);
        norm += Math.pow(expected.get(i), 2);
      }
      // Two operands, each off by at most 2^-9 of itself, independently.
      assertTrue(Math.sqrt(error / norm) < 0x1p-8, op + ": relative error " + Math.sqrt(error / norm));
    }
  }
}
