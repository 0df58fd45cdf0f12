package dev.cardinal.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.CompileOptions;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.backend.Program;
import dev.cardinal.backend.SingleOp;
import dev.cardinal.backend.Variables;
import dev.cardinal.cpu.onednn.tiles.TileCode;
import dev.cardinal.graph.Graph;
import dev.cardinal.op.Dropout;
import dev.cardinal.random.PhiloxRandom;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import dev.cardinal.tensor.TensorType;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Dropout on the CPU engine against the reference, to the bit. */
class DropoutsTest {
  private static final int CASES = 60;
  private final PhiloxRandom random = new PhiloxRandom(84, 1);

  private Shape shape(int i) {
    int samples = 1 + random.nextInt(9);
    int channels = 1 + random.nextInt(40);
    return switch (i % 4) {
      case 0 -> Shape.of(samples, channels);
      case 1 -> Shape.of(samples, channels, 1 + random.nextInt(90));
      case 2 -> Shape.of(samples, channels, 1 + random.nextInt(30), 1 + random.nextInt(30));
      default -> Shape.of(samples, channels, 1 + random.nextInt(9), 1 + random.nextInt(9), 1 + random.nextInt(9));
    };
  }

  /** Whole tensors, and channels of wider ones by turns. */
  private Dropout op(int i, Shape s) {
    int before = random.nextInt(5);
    double rate = random.nextInt(4) == 0 ? 0.5 : random.nextDouble();
    return i % 3 == 0 ? new Dropout(rate, i) : new Dropout(rate, i, i % 3 == 1 ? 0 : s.dim(1) + before + random.nextInt(5), i % 3 == 1 ? 0 : before, random.nextInt(1000));
  }

  @Test
  void everyElementIsThatOfTheReference() {
    try (Device cpu = Devices.open("cpu"); Device reference = Devices.open("cpu:reference")) {
      for (int i = 0; i < CASES; i++) {
        Shape s = shape(i);
        Dropout op = op(i, s);
        HostTensor x = HostTensor.generate(TensorType.f32(s.dims()), k -> random.nextGaussian());
        HostTensor state = HostTensor.of(Shape.of(2), (long) random.nextInt() << 32 | random.nextInt() & 0xffffffffL, (long) random.nextInt());
        assertArrayEquals(SingleOp.run(reference, op, x, state).get(0).floats(), SingleOp.run(cpu, op, x, state).get(0).floats(), () -> op + " of " + s);
      }
    }
  }

  @Test
  void wideVectorsTakeIt() {
    TensorType images = TensorType.f32(2, 3, 5, 5);
    HostTensor state = HostTensor.of(Shape.of(2), 1L, 2L);
    Graph g = new Graph();
    g.output("y", g.add(new Dropout(0.5, 1), g.input("x", images), g.input("state", state.type())));
    try (Device cpu = Devices.open("cpu"); Variables none = cpu.newVariables(); Program p = cpu.compile(g, none, new CompileOptions(true))) {
      p.run(Map.of("x", HostTensor.generate(images, i -> i), "state", state));
      String wanted = TileCode.hasVectors() ? "philox by vectors" : "philox";
      assertEquals(1, p.profile().stream().filter(t -> t.detail().equals(wanted)).count(), () -> p.profile().toString());
    }
  }
}
